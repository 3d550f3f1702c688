// Text whose contrast with what lies behind it is below args[0]. Returns a list of faults, and one if there is no text.
const canvas = document.createElement('canvas').getContext('2d', { willReadFrequently: true });

// Any CSS colour as red, green, blue (0 to 255) and opacity (0 to 1).
function parse(color) {
  canvas.clearRect(0, 0, 1, 1);
  canvas.fillStyle = color;
  canvas.fillRect(0, 0, 1, 1);
  const [red, green, blue, alpha] = canvas.getImageData(0, 0, 1, 1).data;
  return [red, green, blue, alpha / 255];
}

const over = (top, below, opacity) => [0, 1, 2].map(i => top[i] * opacity + below[i] * (1 - opacity));

function luminance(color) {
  const linear = color.map(value => value / 255).map(value => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4);
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
}

function contrast(one, other) {
  const [light, dark] = [luminance(one), luminance(other)].sort((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

function ancestors(element) {
  const all = [];
  for (let one = element; one; one = one.parentElement) all.unshift(one);
  return all;
}

// What lies behind an element, from the canvas of the page inwards.
function background(element) {
  const scheme = matchMedia('(prefers-color-scheme: dark)').matches ? [18, 18, 18] : [255, 255, 255];
  return ancestors(element).reduce((below, one) => {
    const color = parse(getComputedStyle(one).backgroundColor);
    return over(color, below, color[3]);
  }, scheme);
}

const opacity = element => ancestors(element).reduce((all, one) => all * Number(getComputedStyle(one).opacity), 1);

// Boxes of a chart that are painted before a text and contain its middle.
function shapesBehind(text) {
  const box = text.getBoundingClientRect(), x = box.x + box.width / 2, y = box.y + box.height / 2;
  return [...text.ownerSVGElement.querySelectorAll('rect')].filter(shape => {
    const area = shape.getBoundingClientRect();
    const before = shape.compareDocumentPosition(text) & Node.DOCUMENT_POSITION_FOLLOWING;
    return before && area.left <= x && x <= area.right && area.top <= y && y <= area.bottom;
  });
}

function ratio(element) {
  const style = getComputedStyle(element), svg = element.ownerSVGElement;
  let below = background(svg ?? element);
  if (svg) {
    for (const shape of shapesBehind(element.closest('text') ?? element)) {
      const painted = getComputedStyle(shape), fill = painted.fill;
      if (fill === 'none' || fill.startsWith('url')) continue;
      const color = parse(fill);
      below = over(color, below, color[3] * Number(painted.fillOpacity) * Number(painted.opacity));
    }
  }
  const color = parse(svg ? style.fill : style.color);
  const strength = color[3] * opacity(element) * (svg ? Number(style.fillOpacity) : 1);
  return contrast(over(color, below, strength), below);
}

// Closed details hide their text until they are opened.
document.querySelectorAll('details').forEach(details => { details.open = true; });
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
const seen = new Set(), faults = [];
while (walker.nextNode()) {
  const element = walker.currentNode.parentElement, text = walker.currentNode.data.trim();
  if (!text || seen.has(element) || !element.checkVisibility({ visibilityProperty: true })) continue;
  if (element.closest('script, style, title, :disabled')) continue;
  seen.add(element);
  const found = ratio(element);
  if (!(found >= args[0])) faults.push(`${found.toFixed(2)}: "${text.slice(0, 40)}" in <${element.tagName.toLowerCase()} class="${element.getAttribute('class') ?? ''}">`);
}
return seen.size ? faults : ['there is no text'];
