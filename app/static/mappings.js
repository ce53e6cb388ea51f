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
  /* The button says what pressing it does: another thing once "Create" is chosen. */
  const word = (input, words) => { const act = $('[data-accept]', input.closest('tr')); if (!act) return; act.dataset.was ??= act.textContent; act.textContent = words || act.dataset.was; };
  const choose = (input, option) => { input.value = option.dataset.value; parts(input).picked.value = option.dataset.id; word(input, option.dataset.words); show(input, false); say('Chosen ' + option.dataset.value); };
  /* Enter on a marked option is the row's deed as well; a click only chooses, so the row's button says that it is still to be pressed. */
  const row = input => input.closest('tr');
  const save = (input, option) => { if (option) choose(input, option); const mine = row(input); saving = mine.id; mine.focus(); $('[data-accept]', mine)?.click(); };
  const leave = input => { const was = before.get(input); if (was) { input.value = was.value; parts(input).picked.value = was.picked; } show(input, false); if (row(input).matches('[data-map]')) row(input).focus(); };
  /* before: what stood in the field when it was entered. waiting: typed, and the list is not the answer to it yet. hasty: Enter came meanwhile. saving: the row whose answer moves the mark on. */
  const before = new WeakMap(), waiting = new WeakSet(), hasty = new WeakSet(); let saving = null;
  const timers = new WeakMap(), asked = new WeakMap();
  const ask = async (input, typed) => {
    const { box, list } = parts(input), url = new URL(box.dataset.picker, location.href), turn = (asked.get(input) || 0) + 1;
    asked.set(input, turn); waiting.add(input); url.searchParams.set('q', typed); url.searchParams.set('prefix', list.id);
    const answer = await fetch(url, { headers: { 'HX-Request': 'true' } }).catch(() => null);
    if (asked.get(input) !== turn) return;
    const text = answer?.ok ? await answer.text() : '', pressed = hasty.delete(input);
    if (asked.get(input) !== turn) return;
    waiting.delete(input);
    if (document.activeElement !== input) return;
    if (!answer?.ok) { say('The list could not be read'); return; }
    list.innerHTML = text; show(input, true);
    /* "Create" is never chosen for somebody who only pressed Enter: a slip of the keys would be an item in their books. */
    const all = options(list).filter(o => o.dataset.id !== 'new'), first = all[0];
    mark(input, typed ? first : null); say(all.length + (all.length === 1 ? ' choice' : ' choices') + (options(list).length > all.length ? ', or create it' : ''));
    /* Nobody saw the list when they pressed Enter: only what can mean one entry is saved, else the next Enter does it. */
    if (pressed && first && (all.length === 1 || first.dataset.value.toLowerCase() === typed.toLowerCase())) save(input, first);
  };
  const isField = element => element.matches?.('.picker [role=combobox]');
  document.addEventListener('focusin', e => { if (isField(e.target)) { e.target.removeAttribute('list'); e.target.select(); before.set(e.target, { value: e.target.value, picked: parts(e.target).picked.value }); if (row(e.target).matches('[data-map]')) stand(row(e.target)); } });
  document.addEventListener('click', e => { if (isField(e.target) && parts(e.target).list.hidden) ask(e.target, ''); });
  document.addEventListener('input', e => { if (!isField(e.target)) return; parts(e.target).picked.value = ''; word(e.target); mark(e.target, null); waiting.add(e.target); hasty.delete(e.target); asked.set(e.target, (asked.get(e.target) || 0) + 1); clearTimeout(timers.get(e.target)); timers.set(e.target, setTimeout(() => ask(e.target, e.target.value.trim()), 150)); });
  document.addEventListener('focusout', e => { if (isField(e.target)) { show(e.target, false); hasty.delete(e.target); } });
  document.addEventListener('mousedown', e => { const o = e.target.closest?.('.picker [role=option]'); if (o) { e.preventDefault(); choose($('[role=combobox]', o.closest('.picker')), o); $('[data-accept]', o.closest('tr'))?.classList.add('btn-primary'); } });
  document.addEventListener('keydown', e => {
    if (!isField(e.target)) return;
    const input = e.target, { list } = parts(input), all = options(list), at = marked(input);
    if (e.key === 'ArrowDown') { e.preventDefault(); if (list.hidden) ask(input, ''); else mark(input, all[Math.min(at + 1, all.length - 1)]); }
    else if (e.key === 'ArrowUp' && !list.hidden) { e.preventDefault(); mark(input, all[Math.max(at - 1, 0)]); }
    else if (e.key === 'Enter' && e.isComposing) return;
    else if (e.key === 'Enter' && waiting.has(input)) { e.preventDefault(); hasty.add(input); }
    else if (e.key === 'Enter') { e.preventDefault(); save(input, list.hidden ? null : all[at]); }
    else if (e.key === 'Escape') { e.preventDefault(); leave(input); }
  });

  /* Keys: j/k move, a accept, e choose another, u undo, / find. Never while typing. */
  const rows = () => $$('tr[data-map]'), current = () => $('tr[data-map].is-active');
  const stand = next => { $$('tr[data-map].is-active').forEach(r => r.classList.remove('is-active')); next?.classList.add('is-active'); next?.scrollIntoView({ block: 'nearest' }); };
  const go = step => { const all = rows(), at = all.indexOf(current()); stand(all[at < 0 ? 0 : Math.max(0, Math.min(all.length - 1, at + step))]); if (document.activeElement?.matches('tr')) current()?.focus(); };
  let last = null; // the row saved last: undo means it once the mark has moved on
  /* A guess is not taken by one key: it is asked about, unless the person chose something else. */
  const sure = act => { const field = $('[role=combobox]', act.closest('tr')); return !act.dataset.check || field?.value !== field?.defaultValue || confirm(act.dataset.check); };
  const keys = { j: () => go(1), k: () => go(-1), a: () => { const act = $('[data-accept]', current()); if (act && sure(act)) { saving = current().id; act.click(); } }, u: () => [current(), document.getElementById(last)].map(r => r && $('[data-undo]', r)).find(Boolean)?.click(), e: () => $('[role=combobox]', current())?.focus(), c: () => { const act = $('[data-create]', current()); if (act) { saving = current().id; act.click(); } }, '/': () => $('#find')?.focus() };
  document.addEventListener('keydown', e => {
    if (document.documentElement.dataset.shortcuts === 'off' || e.target.matches('input, textarea, select, [contenteditable]') || e.ctrlKey || e.metaKey || e.altKey || e.defaultPrevented) return;
    const deed = keys[e.key.toLowerCase()];
    if (!deed || e.repeat && !'jk'.includes(e.key.toLowerCase()) || (!current() && !'jk/u'.includes(e.key.toLowerCase()))) return;
    e.preventDefault(); deed();
  });
  /* What was typed stays: the browser would empty the field, and the list with it. */
  $('#find')?.addEventListener('keydown', e => { if (e.key === 'Escape') { e.preventDefault(); e.target.blur(); current()?.focus(); } });
  stand(rows()[0]);
  /* The server does not know which row is the current one: the mark goes back onto it after a swap. */
  let kept = null;
  document.addEventListener('htmx:before:swap', () => { kept = current()?.id ?? kept; });
  /* Saved by key: on to the next row that is not mapped, unless the person went elsewhere meanwhile. Refused: to what the row asks. */
  const answered = () => {
    const mine = saving && document.getElementById(saving), here = !mine || document.activeElement === document.body || document.activeElement === mine;
    if (!mine) return;
    if (document.getElementById(saving + '-note')) { saving = null; if (here) ($('[name=confirmed], select[name=account]', mine) || mine).focus(); return; }
    if (!mine.matches('.row-done, [data-creating]')) return;
    last = saving; saving = null;
    if (!here || current() !== mine && mine.matches('[data-map]')) return;
    const open = rows().filter(r => $('[data-accept]', r)), next = mine.matches('[data-map]') && (open.find(r => mine.compareDocumentPosition(r) & Node.DOCUMENT_POSITION_FOLLOWING) || open[0]);
    if (next) stand(next);
    (next || mine).focus();
  };
  /* Undone: the mark and the focus go to the row that came back, not to a button that would map it again. */
  let undone = null;
  document.addEventListener('submit', e => { if ($('[data-undo]', e.target)) undone = e.target.closest('tr')?.id; });
  const cameBack = () => { const mine = undone && document.getElementById(undone); if (!mine || $('[data-undo]', mine)) return; undone = null; if (mine.matches('[data-map]')) stand(mine); mine.focus(); };
  document.addEventListener('htmx:after:swap', () => { if (!current() && kept) document.getElementById(kept)?.classList.add('is-active'); if (!current()) stand(rows()[0]); answered(); cameBack(); });
})();
