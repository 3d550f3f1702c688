// Every chart has a drawing that screen readers skip, or is a table itself; a caption, a table with all that the API has,
// and links that answer. Returns {charts, faults}.
const faults = [], charts = [...document.querySelectorAll('figure.chart')];
const at = (json, path) => path ? path.split('.').reduce((value, name) => value?.[name], json) : json;

// Lists of the answer that the fields of a table go through, with the positions they name.
function lists(fields) {
  const found = new Map();
  for (const field of fields) {
    const names = field.split('.');
    names.forEach((name, depth) => {
      if (!/^\d+$/.test(name)) return;
      const list = names.slice(0, depth).join('.');
      found.set(list, (found.get(list) ?? new Set()).add(Number(name)));
    });
  }
  return found;
}

async function check(figure, fault) {
  const { api, chart } = figure.dataset;
  if (!api || !chart) fault('no data-api or data-chart');
  if (!figure.querySelector('figcaption')?.textContent.trim()) fault('no caption');
  const drawings = [...figure.querySelectorAll('svg')];
  if (!drawings.every(svg => svg.closest('[aria-hidden=true]'))) fault('a drawing is not hidden from screen readers');
  if (!drawings.some(svg => svg.checkVisibility()) && figure.dataset.kind !== 'heat') fault('no drawing is shown');
  await checkTable(figure, api, fault);
  await checkLink(figure.querySelector('a[data-csv]'), 'text/csv', fault);
  await checkLink(figure.querySelector('a[data-call]'), 'application/json', fault);
  const call = figure.querySelector('a[data-call]')?.getAttribute('href');
  if (call?.split('?')[0] !== api?.split('?')[0]) fault(`the call ${call} is not ${api}`);
}

async function checkTable(figure, api, fault) {
  const table = figure.querySelector('table');
  if (!table) return fault('no table');
  if (!table.querySelector('th')) fault('no headings in its table');
  const cells = [...table.querySelectorAll('[data-field]')];
  if (cells.some(cell => cell.closest('[data-api]') !== figure)) fault('a cell is of another answer');
  if (cells.length < 2) fault(`${cells.length} cells`);
  const json = await (await fetch(api, { headers: { accept: 'application/json' } })).json();
  for (const [path, positions] of lists(cells.map(cell => cell.dataset.field))) {
    const list = at(json, path);
    if (positions.size !== list?.length) fault(`${positions.size} of ${list?.length} of ${path || 'the answer'} in its table`);
  }
}

async function checkLink(link, type, fault) {
  if (!link) return fault(`no link to ${type}`);
  const response = await fetch(link.href), got = response.headers.get('content-type') ?? '';
  const body = await response.text();
  if (response.status !== 200 || !got.startsWith(type) || body.length < 10) fault(`${link.href}: ${response.status} ${got}`);
}

for (const figure of charts) await check(figure, text => faults.push(`${figure.dataset.chart}: ${text}`));
return { charts: charts.length, faults };
