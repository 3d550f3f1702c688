// What has the focus, and whether that can be seen: {name, shown}.
const element = document.activeElement;
if (!element || element === document.body) return null;
const looks = () => { const { outline, boxShadow, borderColor, backgroundColor, textDecoration } = getComputedStyle(element); return [outline, boxShadow, borderColor, backgroundColor, textDecoration].join(); };
const box = element.getBoundingClientRect(), focused = looks();
element.blur();
const blurred = looks();
element.focus({ focusVisible: true });
return {
  name: `${element.tagName.toLowerCase()} ${element.getAttribute('href') ?? element.name ?? ''} "${element.textContent.trim().slice(0, 30)}"`,
  href: element.getAttribute('href') ?? '',
  skip: element.matches('a[href="#main"], a[href^="#"]'),
  navigation: !!element.closest('nav'),
  signOut: element.matches('[data-sign-out]'),
  control: !!element.closest('main') && element.matches('button, input, select, textarea, a, summary, [tabindex]'),
  shown: focused !== blurred && box.width > 1 && box.height > 1 && box.bottom > 0 && box.right > 0 && box.left < innerWidth,
};
