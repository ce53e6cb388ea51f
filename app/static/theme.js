/* Dark or light as the person chose, or else as their system says; before the first paint, so that nothing flashes. */
(() => {
  const page = document.documentElement, dark = matchMedia('(prefers-color-scheme: dark)');
  const apply = () => { const wanted = page.dataset.theme; page.dataset.bsTheme = wanted === 'dark' || (wanted !== 'light' && dark.matches) ? 'dark' : 'light'; };
  dark.addEventListener('change', apply);
  apply();
})();
