// Text with digits that is neither of the API nor the visitor's own choice. Returns a list of faults.
const EXEMPT = '[data-field], [data-given], time, svg, code, pre, option, input, textarea, script, style';
// What a figure is called and which ratings are good ones are words.
const NAMES = /\b95th percentile\b|\b4 or 5\b/g;
const walker = document.createTreeWalker(document.querySelector('main'), NodeFilter.SHOW_TEXT);
const faults = [];
while (walker.nextNode()) {
  const node = walker.currentNode, parent = node.parentElement;
  if (/\d/.test(node.data.replace(NAMES, '')) && !parent.closest(EXEMPT)) faults.push(`"${node.data.trim()}" in ${parent.outerHTML.slice(0, 120)}`);
}
return faults;
