/* Mappings: the picker (ARIA combobox, list autocomplete with manual selection) and the keys. Listeners sit on the
   document, so rows that were swapped in need nothing. Without this file the field is a plain list of names. */
(() => {
  const $ = (s, r = document) => r.querySelector(s), $$ = (s, r = document) => [...r.querySelectorAll(s)];
  const say = text => lb.say(text);

  /* Picker. data-picker: where to ask. The hidden field beside the input holds the chosen entry's id. */
  const parts = input => { const box = input.closest('.picker'); return { box, list: $('[role=listbox]', box), picked: $('[data-picked]', box) }; };
  const options = list => $$('[role=option]', list);
  const show = (input, on) => { parts(input).list.hidden = !on; input.setAttribute('aria-expanded', on); if (!on) input.removeAttribute('aria-activedescendant'); };
  const mark = (input, option) => { options(parts(input).list).forEach(o => o.setAttribute('aria-selected', o === option)); if (option) { input.setAttribute('aria-activedescendant', option.id); option.scrollIntoView({ block: 'nearest' }); } else input.removeAttribute('aria-activedescendant'); };
  const marked = input => options(parts(input).list).findIndex(o => o.getAttribute('aria-selected') === 'true');
  const choose = (input, option) => { input.value = option.dataset.value; parts(input).picked.value = option.dataset.id; show(input, false); say('Chosen ' + option.dataset.value); };
  const timers = new WeakMap(), asked = new WeakMap();
  const ask = async (input, typed) => {
    const { box, list } = parts(input), url = new URL(box.dataset.picker, location.href), turn = (asked.get(input) || 0) + 1;
    asked.set(input, turn); url.searchParams.set('q', typed); url.searchParams.set('prefix', list.id);
    const answer = await fetch(url, { headers: { 'HX-Request': 'true' } }).catch(() => null);
    if (asked.get(input) !== turn || document.activeElement !== input) return;
    if (!answer?.ok) { say('The list could not be read'); return; }
    list.innerHTML = await answer.text(); show(input, true); mark(input, typed ? options(list)[0] : null); say(options(list).length + ' choices');
  };
  const isField = element => element.matches?.('.picker [role=combobox]');
  document.addEventListener('focusin', e => { if (isField(e.target)) { e.target.removeAttribute('list'); e.target.select(); } });
  document.addEventListener('click', e => { if (isField(e.target) && parts(e.target).list.hidden) ask(e.target, ''); });
  document.addEventListener('input', e => { if (!isField(e.target)) return; parts(e.target).picked.value = ''; clearTimeout(timers.get(e.target)); timers.set(e.target, setTimeout(() => ask(e.target, e.target.value.trim()), 150)); });
  document.addEventListener('focusout', e => { if (isField(e.target)) show(e.target, false); });
  document.addEventListener('mousedown', e => { const o = e.target.closest?.('.picker [role=option]'); if (o) { e.preventDefault(); choose($('[role=combobox]', o.closest('.picker')), o); } });
  document.addEventListener('keydown', e => {
    if (!isField(e.target)) return;
    const input = e.target, { list } = parts(input), all = options(list), at = marked(input);
    if (e.key === 'ArrowDown') { e.preventDefault(); if (list.hidden) ask(input, ''); else mark(input, all[Math.min(at + 1, all.length - 1)]); }
    else if (e.key === 'ArrowUp' && !list.hidden) { e.preventDefault(); mark(input, all[Math.max(at - 1, 0)]); }
    else if (e.key === 'Enter' && !list.hidden && at >= 0) { e.preventDefault(); choose(input, all[at]); }
    else if (e.key === 'Escape' && !list.hidden) { e.preventDefault(); show(input, false); }
  });

  /* Keys: j/k move, a accept, e choose another, u undo, / find. Never while typing. */
  const rows = () => $$('tr[data-map]'), current = () => $('tr[data-map].is-active');
  const go = step => { const all = rows(), at = all.indexOf(current()), next = all[Math.max(0, Math.min(all.length - 1, at + step))]; current()?.classList.remove('is-active'); next?.classList.add('is-active'); next?.scrollIntoView({ block: 'nearest' }); };
  const keys = { j: () => go(1), k: () => go(-1), a: () => $('[data-accept]', current())?.click(), u: () => ($('[data-undo]', current()) || $('[data-undo]'))?.click(), e: () => $('[role=combobox]', current())?.focus(), '/': () => $('#find')?.focus() };
  document.addEventListener('keydown', e => {
    if (e.target.matches('input, textarea, select, [contenteditable]') || e.ctrlKey || e.metaKey || e.altKey || e.defaultPrevented) return;
    const deed = keys[e.key.toLowerCase()];
    if (!deed || (!current() && !'jk/u'.includes(e.key.toLowerCase()))) return;
    e.preventDefault(); deed();
  });
  rows()[0]?.classList.add('is-active');
  /* The server does not know which row is the current one: the mark goes back onto it after a swap. */
  let kept = null;
  document.addEventListener('htmx:before:swap', () => { kept = current()?.id ?? kept; });
  document.addEventListener('htmx:after:swap', () => { if (!current() && kept) document.getElementById(kept)?.classList.add('is-active'); });
})();
