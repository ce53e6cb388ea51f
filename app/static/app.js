/* Ledgerbridge in the browser: htmx does the swaps; what it cannot do is here. Listeners sit on the document, because rows come and go. */
(() => {
  const $ = (s, r = document) => r.querySelector(s), $$ = (s, r = document) => [...r.querySelectorAll(s)];
  const on = (name, selector, act) => document.addEventListener(name, e => { const t = e.target.closest?.(selector); if (t) act(t, e); });
  const clock = () => new Date().toLocaleTimeString('en-GB', { hour: '2-digit', minute: '2-digit' });
  const gbp = v => (v < 0 ? '\u2212' : '') + '£' + Math.abs(v).toLocaleString('en-GB', { minimumFractionDigits: 2, maximumFractionDigits: 2 });

  /* One polite live region for every change that is not where the focus is. Others call lb.say. */
  const say = text => { const live = $('#said'); if (live) live.textContent = text; };
  window.lb = { say };

  /* htmx: our CSRF token with every request; polls rest while the tab is hidden. A listener, because trigger filters in [..] need eval and a strict CSP forbids it. */
  const polls = e => (e.target.getAttribute?.('hx-trigger') || '').startsWith('every');
  document.addEventListener('htmx:config:request', e => { e.detail.ctx.request.headers['X-CSRFToken'] = $('meta[name=csrf-token]').content; });
  document.addEventListener('htmx:before:request', e => { if (document.hidden && polls(e)) e.preventDefault(); });

  /* After three polls without an answer the page says that it is old. */
  let failed = 0, answered = clock();
  document.addEventListener('htmx:finally:request', e => {
    if (!polls(e) || document.hidden) return;
    if (e.detail.ctx.response?.status < 400) { failed = 0; answered = clock(); $$('.live[data-stale]').forEach(l => { l.removeAttribute('data-stale'); l.textContent = l.dataset.words; }); return; }
    if (++failed !== 3) return;
    $$('.live').forEach(l => {
      l.dataset.words = l.textContent; l.dataset.stale = '';
      const again = Object.assign(document.createElement('a'), { href: '', textContent: 'Reload' });
      l.replaceChildren(`Not updating since ${answered}. `, again);
    });
  });

  /* An answer that cannot stand where the old part was (htmx-config, noSwap): its sentence goes to the top of the page. */
  const complain = text => { const note = $('#complaint') || Object.assign(document.createElement('div'), { id: 'complaint', className: 'note note-bad mb-3' }); note.setAttribute('role', 'alert'); note.textContent = text; $('.page-body .container-xl')?.prepend(note); };
  document.addEventListener('htmx:response:error', e => { if (polls(e) || e.detail.ctx.response.status === 422) return; complain(new DOMParser().parseFromString(e.detail.ctx.text, 'text/html').getElementById('sentence')?.textContent || 'Ledgerbridge could not do this. Nothing was changed.'); });
  document.addEventListener('htmx:error', e => { if (!polls(e) && e.detail.ctx) complain('No answer from Ledgerbridge. Look at your connection, reload and see whether it was done.'); });

  /* Row details: <button class="expander" aria-controls="id" aria-expanded> */
  on('click', '.expander', b => {
    const open = b.getAttribute('aria-expanded') !== 'true';
    b.setAttribute('aria-expanded', open); document.getElementById(b.getAttribute('aria-controls')).hidden = !open;
  });
  /* A date in words beside its field: the field itself follows the browser's language. */
  on('input', 'input[type=date]', i => { const words = $(`output[for="${i.id}"]`); if (words) words.textContent = i.valueAsDate ? i.valueAsDate.toLocaleDateString('en-GB', { day: 'numeric', month: 'long', year: 'numeric', timeZone: 'UTC' }) : ''; });
  on('click', '[data-copy]', b => { navigator.clipboard?.writeText(b.dataset.copy); say('Copied'); });
  on('change', '[data-submit]', e => e.form.requestSubmit());

  /* A form that asks first; a form that wants a name typed; a form that is sent once. */
  document.addEventListener('submit', e => { const ask = $('[name=ask]', e.target); if (!ask || ask.disabled) return; if (confirm(ask.value)) $$('[data-asks]', e.target).forEach(i => { i.disabled = true; }); else e.preventDefault(); });
  on('input', '[data-unlocks]', i => { document.getElementById(i.dataset.unlocks).disabled = i.value.trim() !== i.dataset.expected; });
  $$('[data-unlocks]').forEach(i => { document.getElementById(i.dataset.unlocks).disabled = true; });
  document.addEventListener('submit', e => {
    const form = e.target;
    if (e.defaultPrevented || form.method !== 'post' || form.matches('[hx-post]')) return;
    if (form.dataset.sent) { e.preventDefault(); return; }
    form.dataset.sent = '1';
  });
  addEventListener('pageshow', () => { $$('form[data-sent]').forEach(f => { delete f.dataset.sent; }); $$('[data-asks]').forEach(i => { i.disabled = false; }); });

  /* Bulk bar: count and money of what is ticked. <input data-amount="18420.00" data-currency="£">, #bulk, #bulk-n, #bulk-sum, #all */
  const tally = () => {
    const boxes = $$('input[data-amount]'), bar = $('#bulk'), all = $('#all'), ticked = boxes.filter(b => b.checked);
    if (!bar) return;
    const sums = {};
    ticked.forEach(b => { const c = b.dataset.currency || '£'; sums[c] = (sums[c] || 0) + Math.round(b.dataset.amount * 100); });
    bar.hidden = !ticked.length; $('#bulk-n').textContent = ticked.length;
    $('#bulk-sum').textContent = Object.entries(sums).map(([c, v]) => gbp(v / 100).replace('£', c.length > 1 ? c + '\u00a0' : c)).join(' and ');
    if (all) { all.checked = ticked.length > 0 && ticked.length === boxes.length; all.indeterminate = ticked.length > 0 && ticked.length < boxes.length; }
  };
  on('change', 'input[data-amount]', tally);
  on('change', '#all', a => { $$('input[data-amount]').forEach(b => { b.checked = a.checked; }); tally(); });
  tally();

  /* Charts: uPlot. "stack": in the ledger + waiting; "diff": net difference per day. d = {days, ok, wait | net, text?, hint, symbol?}: figures for drawing only, the sentences come ready from the server. */
  const colour = n => { const e = document.createElement('i'); e.style.color = `var(${n})`; document.body.append(e); const c = getComputedStyle(e).color; e.remove(); return c; };
  const hatch = (c, bg) => { const k = document.createElement('canvas'); k.width = k.height = 6; const x = k.getContext('2d'); x.fillStyle = bg; x.fillRect(0, 0, 6, 6); x.strokeStyle = c; x.lineWidth = 1.6; x.beginPath(); x.moveTo(0, 6); x.lineTo(6, 0); x.moveTo(-1, 1); x.lineTo(1, -1); x.moveTo(5, 7); x.lineTo(7, 5); x.stroke(); return x.createPattern(k, 'repeat'); };
  const round = (top, step = 10 ** Math.floor(Math.log10(top || 1))) => Math.ceil(top / step) * step || 1;
  const short = (v, s) => { const a = Math.abs(v); return (v < 0 ? '\u2212' : '') + s + (a >= 1000 ? (a / 1000).toLocaleString('en-GB') + 'k' : a.toLocaleString('en-GB', { minimumFractionDigits: Number.isInteger(v) ? 0 : 2 })); };
  const draw = el => {
    const d = JSON.parse(document.getElementById(el.id + '-data').textContent), n = d.days.length, xs = [...Array(n).keys()], ink = colour('--off'), grid = { stroke: colour('--tblr-border-color'), width: 1 };
    const font = '12px Inter, system-ui, sans-serif', w = el.clientWidth, diff = el.dataset.chart === 'diff', every = w < 500 ? 7 : 3, s = d.symbol || '£';
    const bars = uPlot.paths.bars({ size: [.62, 26], align: 0, radius: diff ? 0 : .12 });
    const x = { stroke: ink, font, grid: { show: false }, ticks: { show: false }, gap: 6, size: 30, splits: () => xs.filter(i => (n - 1 - i) % every === 0), values: (u, v) => v.map(i => d.days[i]) };
    const y = { stroke: ink, font, grid, ticks: { show: false }, size: 62, gap: 8, space: 34, values: (u, v) => v.map(i => (diff && i > 0 ? '+' : '') + short(i, s)) };
    const blue = colour('--busy'), wait = colour('--wait'), wbg = colour('--wait-bg');
    const series = diff ? [{}, { label: 'Net difference', fill: wait, stroke: wait, width: 0, paths: bars, points: { show: false } }, { label: 'Differs', paths: () => null, stroke: wait, points: { show: true, size: 9, width: 2, stroke: wait, fill: colour('--tblr-bg-surface') } }, { label: 'All square', paths: () => null, stroke: colour('--ok'), points: { show: true, size: 6, width: 1.5, stroke: colour('--ok'), fill: colour('--ok') } }]
      : [{}, { label: 'Finalised', fill: () => hatch(wait, wbg), stroke: wait, width: 1, paths: bars, points: { show: false } }, { label: 'In the ledger', fill: blue, stroke: blue, width: 0, paths: bars, points: { show: false } }];
    /* A penny beside hundreds of pounds has no height: a ring marks every day that differs. */
    const data = diff ? [xs, d.net, d.net.map(v => v || null), d.net.map(v => v === 0 ? 0 : null)] : [xs, d.ok.map((v, i) => d.wait[i] ? v + d.wait[i] : null), d.ok];
    /* Lines at even steps, the topmost at or above the tallest bar. */
    const most = diff ? 0 : Math.max(...data[2], ...data[1].map(v => v || 0)), e = 10 ** Math.floor(Math.log10(most / 4 || 1)), gap = [1, 2, 5, 10].find(k => k * e >= most / 4) * e, top = Math.ceil(most / gap) * gap || 1;
    if (!diff) y.splits = () => [...Array(Math.round(top / gap) + 1).keys()].map(i => i * gap);
    const range = diff ? (u, lo, hi) => { const t = Math.max(round(Math.max(Math.abs(lo), Math.abs(hi)) || 50), .1); return [lo < 0 ? -t : -t / 5, hi > 0 ? t : t / 5]; } : () => [0, top];
    const tip = Object.assign(document.createElement('div'), { className: 'small text-secondary mt-1', textContent: d.hint }); tip.style.minHeight = '1.25rem';
    const text = i => d.text ? d.text[i] : `${d.days[i]}: ${d.net[i] === 0 ? 'all square' : 'net ' + gbp(d.net[i])}`;
    el.replaceChildren();
    new uPlot({ width: w, height: +el.dataset.h, padding: [8, 22, 0, 0], legend: { show: false }, cursor: { y: false, points: { show: false }, drag: { x: false } }, scales: { x: { time: false, range: [-.7, n - .3] }, y: { range } }, axes: [x, y], series, hooks: { setCursor: [u => { tip.textContent = u.cursor.idx == null ? d.hint : text(u.cursor.idx); }] } }, data, el);
    el.append(tip);
  };
  const drawAll = () => window.uPlot && $$('[data-chart]').forEach(draw); let later;
  (document.fonts?.ready || Promise.resolve()).then(drawAll);
  addEventListener('resize', () => { clearTimeout(later); later = setTimeout(drawAll, 120); });
  new MutationObserver(drawAll).observe(document.documentElement, { attributeFilter: ['data-bs-theme'] });
})();
