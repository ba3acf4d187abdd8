"use strict";
// Draws the charts, keeps those over time in step, sorts and filters tables.

// Colours are CSS variables, so that light, dark and paper need no drawing anew.
const config = {
  background: null,
  font: "system-ui, -apple-system, 'Segoe UI', 'Liberation Sans', sans-serif",
  view: {stroke: null},
  axis: {
    domainColor: "var(--line)", gridColor: "var(--line)", tickColor: "var(--line)",
    labelColor: "var(--soft)", labelFontSize: 12, titleColor: "var(--soft)", titleFontSize: 12,
    titleFontWeight: 400,
  },
  axisY: {domain: false, ticks: false, labelPadding: 6},
  legend: {
    labelColor: "var(--soft)", labelFontSize: 12, symbolStrokeWidth: 2,
    titleColor: "var(--soft)", titleFontSize: 12, titleFontWeight: 400,
  },
  text: {color: "var(--ink)", fontSize: 12},
};

async function draw(figure) {
  const spec = JSON.parse(figure.querySelector("script").textContent);
  const drawing = figure.querySelector(".drawing");
  spec.description = figure.querySelector("h3").textContent + ". " +
      figure.querySelector("figcaption").textContent;
  try {
    // Expressions are interpreted: the page's security policy forbids compiling them.
    const {view} = await vegaEmbed(drawing, spec, {
      mode: "vega-lite", renderer: "svg", actions: false, ast: true, config,
      tooltip: {theme: "custom"},
    });
    return {drawing, view, spec};
  } catch (problem) {
    const message = document.createElement("p");
    message.className = "failed";
    message.textContent = "This chart could not be drawn: " + problem.message;
    drawing.replaceChildren(message);
    console.error(problem);
    return null;
  }
}

// Charts of one section that show the span [from, to] move and zoom together.
function link(section, charts) {
  const moving = charts.filter((c) => c && (c.spec.params || []).some((p) => p.name === "from"));
  if (moving.length === 0) return;
  const value = (name) => moving[0].spec.params.find((p) => p.name === name).value;
  const whole = [value("from"), value("to")];
  const least = Math.min(6e4, whole[1] - whole[0]);
  let shown = whole, asked = false;

  function show(from, to) {
    const span = Math.min(Math.max(to - from, least), whole[1] - whole[0]);
    const middle = (from + to) / 2;
    from = Math.min(Math.max(middle - span / 2, whole[0]), whole[1] - span);
    shown = [from, from + span];
    if (asked) return;
    asked = true;  // one drawing a frame
    requestAnimationFrame(() => {
      asked = false;
      for (const {view} of moving) view.signal("from", shown[0]).signal("to", shown[1]).runAsync();
    });
  }
  function zoom(factor, around = (shown[0] + shown[1]) / 2) {
    show(around - (around - shown[0]) * factor, around + (shown[1] - around) * factor);
  }
  function move(share) {
    const by = share * (shown[1] - shown[0]);
    show(shown[0] + by, shown[1] + by);
  }

  const buttons = document.createElement("div");
  buttons.className = "buttons";
  const actions = [
    ["Zoom in", () => zoom(0.5)], ["Zoom out", () => zoom(2)], ["Earlier", () => move(-0.5)],
    ["Later", () => move(0.5)], ["Whole span", () => show(...whole)],
  ];
  for (const [text, act] of actions) {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = text;
    button.addEventListener("click", act);
    buttons.append(button);
  }
  section.querySelector(".chart").before(buttons);

  for (const {drawing, view} of moving) {
    drawing.classList.add("moves");
    drawing.addEventListener("wheel", (event) => {
      if (!event.ctrlKey && !event.metaKey) return;  // else the page scrolls
      event.preventDefault();
      const x = event.clientX - drawing.getBoundingClientRect().left - view.origin()[0];
      zoom(Math.exp(event.deltaY / 400), +view.scale("x").invert(x));
    }, {passive: false});
    let last = null;
    drawing.addEventListener("pointerdown", (event) => {
      if (event.pointerType === "mouse" && event.button === 0) last = event.clientX;
    });
    window.addEventListener("pointermove", (event) => {
      if (last === null) return;
      move((last - event.clientX) / view.width());
      last = event.clientX;
    });
    window.addEventListener("pointerup", () => { last = null; });
    drawing.addEventListener("dblclick", () => show(...whole));
  }
}

function make_sortable(table) {
  const body = table.tBodies[0];
  const headers = [...table.tHead.rows[0].cells];
  const key = (row, column) => {
    const cell = row.cells[column];
    return cell.dataset.sortBy ?? cell.textContent;
  };
  headers.forEach((header, column) => {
    const numbers = header.classList.contains("number");
    header.querySelector("button").addEventListener("click", () => {
      const up = header.getAttribute("aria-sort") !== "ascending";
      const sign = up ? 1 : -1;
      const rows = [...body.rows].map((row) => [key(row, column), row]);
      rows.sort(([a], [b]) => {
        if (a === "" || b === "") return (a === "") - (b === "");  // the empty last, either way
        return sign * (numbers ? a - b : a.localeCompare(b, "en", {numeric: true}));
      });
      for (const other of headers) other.removeAttribute("aria-sort");
      header.setAttribute("aria-sort", up ? "ascending" : "descending");
      body.append(...rows.map(([, row]) => row));
    });
  });
}

function make_filter(block) {
  const input = block.querySelector(".filter input");
  if (!input) return;
  const rows = [...block.querySelectorAll("tbody tr")];
  const texts = rows.map((row) => row.textContent.toLowerCase());
  const status = block.querySelector("[role=status]");
  input.addEventListener("input", () => {
    const words = input.value.toLowerCase().split(/\s+/).filter(Boolean);
    let n = 0;
    rows.forEach((row, i) => {
      row.hidden = !words.every((word) => texts[i].includes(word));
      n += !row.hidden;
    });
    status.textContent = words.length ? `${n} of ${rows.length} rows` : "";
  });
}

async function begin() {
  for (const block of document.querySelectorAll(".table")) {
    make_sortable(block.querySelector("table"));
    make_filter(block);
  }
  for (const section of document.querySelectorAll("section"))
    link(section, await Promise.all([...section.querySelectorAll(".chart")].map(draw)));
  document.documentElement.dataset.drawn = "yes";
}
begin();
