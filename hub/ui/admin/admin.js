// Keeps the admin page fresh. All of its HTML was escaped by the server; it is no text of a rater's.
const SECONDS = 5;
const fresh = document.getElementById("fresh");

function colour(name) {
  return getComputedStyle(document.documentElement).getPropertyValue(name).trim();
}

function themed(layout) {
  const axis = { gridcolor: colour("--line"), linecolor: colour("--line"), zerolinecolor: colour("--line"), automargin: true };
  return {
    ...layout,
    xaxis: { ...axis, nticks: 7, tickangle: 0, ...layout.xaxis, title: { ...layout.xaxis?.title, font: { size: 13 } } },
    yaxis: { ...axis, ...layout.yaxis, title: { ...layout.yaxis?.title, font: { size: 13 } } },
    font: { color: colour("--ink"), family: getComputedStyle(document.body).fontFamily, size: 13 },
    paper_bgcolor: "rgba(0,0,0,0)",
    plot_bgcolor: "rgba(0,0,0,0)",
    margin: { l: 44, r: 12, t: 8, b: 40 },
    legend: { orientation: "h", y: 1.02, yanchor: "bottom", x: 0 },
    showlegend: true,
    height: 260,
    bargap: 0.3,
  };
}

function draw(id, figure) {
  const place = document.getElementById(id);
  const empty = figure.data.length === 0;
  place.hidden = empty;
  place.nextElementSibling.hidden = !empty;
  if (!empty) Plotly.react(place, figure.data, themed(figure.layout), { displayModeBar: false, responsive: true });
}

async function refresh() {
  if (document.hidden) return;
  try {
    const answer = await fetch("/admin/data", { credentials: "same-origin", cache: "no-store" });
    if (answer.status === 401) { location.reload(); return; }
    if (!answer.ok) throw new Error(answer.status);
    const now = await answer.json();
    for (const [id, html] of Object.entries(now.tables)) document.getElementById(id).innerHTML = html;
    for (const [id, figure] of Object.entries(now.figures)) draw(id, figure);
    const time = new Date().toLocaleTimeString(document.documentElement.lang);
    fresh.textContent = fresh.dataset.fresh.replace("{time}", time);
    fresh.className = "";
  } catch (error) {
    fresh.textContent = fresh.dataset.gone;
    fresh.className = "bad";
  }
}

refresh();
setInterval(refresh, 1000 * SECONDS);
document.addEventListener("visibilitychange", refresh);
matchMedia("(prefers-color-scheme: dark)").addEventListener("change", refresh);
