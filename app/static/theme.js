/* Dark or light as the person's system says; before the first paint, so that nothing flashes. */
(() => {
  const dark = matchMedia('(prefers-color-scheme: dark)');
  const apply = () => { document.documentElement.dataset.bsTheme = dark.matches ? 'dark' : 'light'; };
  dark.addEventListener('change', apply);
  apply();
})();
