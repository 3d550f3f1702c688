// Labels of charts that are too small to read, outside their chart, or over each other. Returns a list of faults.
const LEAST_PX = 9, faults = [];
for (const figure of document.querySelectorAll('figure.chart')) {
  const fault = text => faults.push(`${figure.dataset.chart}: ${text}`), frame = figure.getBoundingClientRect();
  const texts = [...figure.querySelectorAll('svg text')].filter(text => text.checkVisibility() && text.textContent.trim());
  if (figure.querySelector('svg') && !texts.length) fault('a drawing without labels');
  const boxes = texts.map(text => [text.textContent.trim(), text.getBoundingClientRect()]);
  for (const [name, box] of boxes) {
    if (box.height < LEAST_PX) fault(`"${name}" is ${box.height.toFixed(1)} px high`);
    if (box.left < frame.left - 1 || box.right > frame.right + 1) fault(`"${name}" sticks out of the chart by ${Math.max(frame.left - box.left, box.right - frame.right).toFixed(1)} px`);
  }
  for (const [nth, [name, box]] of boxes.entries()) {
    for (const [other, area] of boxes.slice(nth + 1)) {
      const wide = Math.min(box.right, area.right) - Math.max(box.left, area.left);
      const high = Math.min(box.bottom, area.bottom) - Math.max(box.top, area.top);
      if (wide > 1 && high > 3) fault(`"${name}" and "${other}" lie over each other`);
    }
  }
}
return faults;
