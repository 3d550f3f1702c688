// Compares every element with data-field with the API's answer, formatted by this browser's own Intl.
// Returns {count, faults}.
const { locale, timezone, currency } = document.documentElement.dataset;
const NOTHING = '\u2013', GLUE = '\u00a0';

// As a text a number keeps its decimals: 4572.65 % is a tie, the double nearest to 45.7265 is below it.
const number = (value, options) => new Intl.NumberFormat(locale, options).format(String(value));
// value times ten to the power of places, in decimal.
const shifted = (value, places) => {
  const [digits, power = 0] = String(value).split('e');
  return `${digits}e${Number(power) + places}`;
};
const digits = count => ({ minimumFractionDigits: count, maximumFractionDigits: count });
const percent = { style: 'percent', ...digits(1) };
const signed = { signDisplay: 'exceptZero' };

function duration(ms) {
  const of = (count, unit) => `${count}${GLUE}${unit}`;
  const seconds = Math.floor(ms / 1000), minutes = Math.floor(seconds / 60), hours = Math.floor(minutes / 60);
  if (ms < 1000) return of(number(Math.round(ms)), 'ms');
  if (ms < 60000) return of(number(shifted(ms, -3), digits(1)), 's');
  if (hours < 1) return `${of(minutes, 'min')} ${of(seconds % 60, 's')}`;
  if (hours < 48) return `${of(hours, 'h')} ${of(minutes % 60, 'min')}`;
  return `${of(Math.floor(hours / 24), 'd')} ${of(hours % 24, 'h')}`;
}

function instant(text) {
  const part = { year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit' };
  return new Intl.DateTimeFormat('sv-SE', { ...part, timeZone: timezone }).format(new Date(text));
}

const FORMATS = {
  count: value => number(value, { maximumFractionDigits: 0 }),
  number: value => number(value, digits(1)),
  score: value => number(value, digits(2)),
  share: value => number(value, percent),
  points: value => number(shifted(value, 2), { ...digits(1), ...signed }) + `${GLUE}pp`,
  relative: value => number(value, { ...percent, ...signed }),
  money: value => number(value, { style: 'currency', currency }),
  percent_number: value => number(shifted(value, -2), percent),
  duration,
  instant,
  date: String,
  text: value => typeof value === 'boolean' ? (value ? 'yes' : 'no') : String(value).trim(),
};

// The first message of a stream, or the JSON of anything else.
async function answer(path) {
  if (path.startsWith('/api/v1/analytics/live')) {
    return new Promise((resolve, reject) => {
      const stream = new EventSource(path);
      const end = () => { stream.close(); reject(new Error(`${path}: no event`)); };
      const timer = setTimeout(end, 5000);
      stream.addEventListener('metrics', event => { clearTimeout(timer); stream.close(); resolve(JSON.parse(event.data)); });
    });
  }
  const response = await fetch(path, { headers: { accept: 'application/json' }, signal: AbortSignal.timeout(8000) });
  if (!response.ok) throw new Error(`${path}: ${response.status}`);
  return response.json();
}

// A range that ends now ends a little later for this script than for the page.
function isNow(element, path, text, shown) {
  const instants = [text, shown].map(local => Date.parse(`${local.replace(' ', 'T')}Z`));
  return element.dataset.format === 'instant' && /(^|\.)to$/.test(path) && Math.abs(instants[0] - instants[1]) < 30000;
}

const at = (json, path) => path.split('.').reduce((value, name) => value?.[name], json);
// Data of the Unicode consortium differ between versions in this space only.
const plain = text => text.replaceAll('\u202f', GLUE);

// Until the live panel has its first numbers.
for (let waited = 0; waited < 3000 && document.querySelector('[data-live][data-state=loading]'); waited += 50) {
  await new Promise(resolve => setTimeout(resolve, 50));
}
const answers = new Map(), faults = [];
const elements = [...document.querySelectorAll('[data-field]')];
for (const element of elements) {
  const { field, format } = element.dataset, api = element.closest('[data-api]')?.dataset.api;
  const fault = text => faults.push(`${field} of ${api}: ${text}`);
  if (!api?.startsWith('/api/v1/')) { fault('no data-api'); continue; }
  if (!(format in FORMATS)) { fault(`format ${format}`); continue; }
  if (!answers.has(api)) answers.set(api, await answer(api).catch(error => { faults.push(error.message); return undefined; }));
  if (answers.get(api) === undefined) continue;
  const value = at(answers.get(api), field), shown = plain(element.textContent.trim());
  if (value === undefined) { fault('is not in the answer'); continue; }
  const expected = plain(value === null ? NOTHING : FORMATS[format](value));
  if (shown !== expected && !isNow(element, field, expected, shown)) fault(`shows "${shown}", not "${expected}" (${value})`);
}
return { count: elements.length, faults };
