/* What somebody typed, for the moment when a session ends in mid-form. On leaving a page its changed fields go to this
   tab's storage; they come back only when the server says that nothing was saved, to the same person on the same page.
   Never a password, a file, or what nobody typed. Nothing is sent by itself. */
(() => {
  const KEY = 'lb-typed', DAY = 86400000, who = document.documentElement.dataset.who;
  const isPicked = f => f.matches('[data-picked]');
  const typed = f => { const t = f.type; return !f.readOnly && !f.disabled && f.name && !['password', 'file', 'submit', 'button'].includes(t) && (t !== 'hidden' || isPicked(f)) && f.autocomplete !== 'new-password' && f.form?.method !== 'get'; };
  const fields = () => [...document.querySelectorAll('main :is(input, select, textarea)')].filter(typed);
  const isBox = f => f.type === 'checkbox' || f.type === 'radio';
  const changed = f => {
    if (f.form?.matches('[data-typed]')) return true;
    if (isPicked(f)) { const shown = f.closest('.picker')?.querySelector('[role=combobox]'); return !!shown && changed(shown); }
    if (isBox(f)) return f.checked !== f.defaultChecked;
    return f.tagName === 'SELECT' ? f.value !== ([...f.options].find(o => o.defaultSelected) || f.options[0])?.value : f.value !== f.defaultValue;
  };
  /* A field is known by its form or row, its name and, of several alike, its place among them. */
  const named = all => { const seen = {}; return all.map(f => { const k = [f.form?.getAttribute('action') || '', f.closest('tr[id]')?.id || '', f.name, isBox(f) ? f.value : ''].join('|'); seen[k] = (seen[k] || 0) + 1; return [k + '|' + seen[k], f]; }); };
  let leaving = false;
  document.addEventListener('submit', e => { leaving = e.target.getAttribute('action') === '/logout'; });
  /* The page of an error holds no form: what was typed waits for the page that does. */
  const passing = () => !who || document.querySelector('[data-keep]');
  const keep = () => {
    if (passing()) return;
    const kept = leaving ? [] : named(fields()).filter(([, f]) => changed(f)).map(([k, f]) => [k, isBox(f) ? f.checked : f.value]);
    if (kept.length) sessionStorage.setItem(KEY, JSON.stringify({ who, path: location.pathname, at: Date.now(), kept })); else sessionStorage.removeItem(KEY);
  };
  const put = () => {
    if (passing()) return;
    const draft = JSON.parse(sessionStorage.getItem(KEY) || 'null');
    let note = document.querySelector('[data-restore]');
    if (!note && draft && location.hash === '#typed') { note = Object.assign(document.createElement('div'), { className: 'note note-wait mb-3', textContent: 'Nothing was saved.' }); note.setAttribute('role', 'alert'); document.querySelector('.page-body .container-xl')?.prepend(note); }
    sessionStorage.removeItem(KEY);
    /* The page after a refused form has the form's address: the page with the form is the one before it. */
    if (!note || !draft || draft.who !== who || Date.now() - draft.at > DAY || !(draft.path + '/').startsWith(location.pathname.replace(/\/?$/, '/'))) return;
    const here = new Map(named(fields()));
    const back = draft.kept.filter(([k]) => here.has(k)).map(([k, v]) => { const f = here.get(k); if (isBox(f)) f.checked = v; else f.value = v; if (f.matches('[data-amount]')) f.dispatchEvent(new Event('change', { bubbles: true })); return f; });
    if (!back.length) return;
    note.append(' What you typed is back in its place.');
    back.find(f => f.type !== 'hidden')?.focus();
  };
  addEventListener('pagehide', keep);
  put();
})();
