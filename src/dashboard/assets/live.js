// What a page cannot do without a script: follow the metrics of today, notice the first event, and say that it loads.
"use strict";

const { locale, currency } = document.documentElement.dataset;
const NO_BREAK = "\u00a0";
const number = (digits, more) =>
  new Intl.NumberFormat(locale, { minimumFractionDigits: digits, maximumFractionDigits: digits, ...more });

// The same notations as the pages of the server (numbers.rs), as far as live numbers need them.
const WRITE = {
  count: (value) => number(0).format(value),
  share: (value) => number(1, { style: "percent" }).format(value),
  money: (value) => new Intl.NumberFormat(locale, { style: "currency", currency }).format(value),
  duration: (value) => {
    const whole = (count, unit) => number(0).format(count) + NO_BREAK + unit;
    const seconds = Math.floor(value / 1000);
    if (value < 1000) return whole(Math.round(value), "ms");
    if (value < 60000) return number(1).format(value / 1000) + NO_BREAK + "s";
    const [great, name, small, part] =
      seconds < 3600 ? [60, "min", 1, "s"] : seconds < 172800 ? [3600, "h", 60, "min"] : [86400, "d", 3600, "h"];
    return `${whole(Math.floor(seconds / great), name)} ${whole(Math.floor((seconds % great) / small), part)}`;
  },
};

function follow(panel) {
  const status = panel.querySelector("[data-live-status]");
  const time = new Intl.DateTimeFormat("en-GB", {
    timeZone: document.documentElement.dataset.timezone, hour: "2-digit", minute: "2-digit", second: "2-digit",
  });
  panel.hidden = false;
  const show = (event) => {
    const answer = JSON.parse(event.data);
    for (const field of panel.querySelectorAll("[data-field]")) {
      const value = field.dataset.field.split(".").reduce((part, name) => part?.[name], answer);
      field.textContent = value == null ? "–" : WRITE[field.dataset.format](value);
    }
    panel.dataset.state = "live";
    status.textContent = "";
    const stamp = document.createElement("time");
    stamp.dateTime = event.lastEventId;
    stamp.textContent = time.format(new Date(event.lastEventId));
    status.append("complete until ", stamp);
  };
  const fail = ({ target }) => {
    const isOver = target.readyState === EventSource.CLOSED;
    panel.dataset.state = isOver ? "error" : "stale";
    status.textContent = isOver ? "No live numbers; load the page again." : "Connection lost, trying again…";
  };
  let events;
  // Browsers keep pages that were left, and open few connections to a server: nobody looks, nobody listens.
  const listen = () => {
    events?.close();
    events = document.hidden ? undefined : new EventSource(panel.dataset.live);
    events?.addEventListener("metrics", show);
    events?.addEventListener("error", fail);
  };
  document.addEventListener("visibilitychange", listen);
  addEventListener("pagehide", () => events?.close());
  listen();
}

function waitForFirstEvent(section) {
  const look = async () => {
    try {
      const response = await fetch(section.dataset.waitFor);
      const answer = response.ok ? await response.json() : {};
      if (answer.conversations?.length) return location.reload();
    } catch {
      // The server may be away for a moment; the next look tells.
    }
    setTimeout(look, 2000);
  };
  look();
}

document.querySelectorAll("[data-live]").forEach(follow);
document.querySelectorAll("[data-wait-for]").forEach(waitForFirstEvent);

// Loading: the page that is left says so until the next one is there.
const busy = (on) => document.querySelector("main")?.setAttribute("aria-busy", String(on));
document.addEventListener("submit", (event) => {
  busy(true);
  // Nothing is left to be seen by those who go back to a page after its visitor has signed out.
  if (event.submitter?.matches("[data-sign-out]")) document.querySelector("main")?.replaceChildren();
});
document.addEventListener("click", (event) => {
  const link = event.target.closest("a[href]");
  const stays = !link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey
    || link.hasAttribute("download") || link.getAttribute("href").startsWith("#") || link.target;
  if (!stays) busy(true);
});
addEventListener("pageshow", (event) => {
  busy(false);
  // A page that the browser has kept is as old as its numbers, and its session may be over.
  if (event.persisted) location.reload();
});
