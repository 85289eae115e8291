// A worker: some steps of a force layout (springs along edges, repulsion between all), with what is fixed left where it is.
// In: { number, x, y, fixed, source, target, steps }; out: { number, x, y }.

addEventListener("message", ({ data }) => {
  const { number, x, y, fixed, source, target, steps } = data;
  const n = x.length, fx = new Float32Array(n), fy = new Float32Array(n), degree = new Float32Array(n);
  const length = 85;
  for (let e = 0; e < source.length; e++) { degree[source[e]]++; degree[target[e]]++; }
  for (let step = 0; step < steps; step++) {
    const heat = 30 * (1 - step / steps) + 1;
    fx.fill(0);
    fy.fill(0);
    for (let i = 0; i < n; i++) {
      for (let j = i + 1; j < n; j++) {
        let dx = x[i] - x[j], dy = y[i] - y[j], d2 = dx * dx + dy * dy;
        if (d2 > 160000) continue;
        if (d2 < 1) { dx = ((i * 7 + j * 13) % 11) / 11 - 0.5; dy = ((i * 5 + j * 3) % 7) / 7 - 0.5; d2 = 1; }
        const force = 5200 / d2, d = Math.sqrt(d2);
        fx[i] += (dx / d) * force; fy[i] += (dy / d) * force;
        fx[j] -= (dx / d) * force; fy[j] -= (dy / d) * force;
      }
    }
    for (let e = 0; e < source.length; e++) {
      const a = source[e], b = target[e], dx = x[b] - x[a], dy = y[b] - y[a], d = Math.hypot(dx, dy) || 1;
      const pull = ((d - length) * 0.12) / Math.sqrt(Math.min(degree[a], degree[b]) || 1);
      fx[a] += (dx / d) * pull; fy[a] += (dy / d) * pull;
      fx[b] -= (dx / d) * pull; fy[b] -= (dy / d) * pull;
    }
    for (let i = 0; i < n; i++) {
      if (fixed[i]) continue;
      const size = Math.hypot(fx[i], fy[i]) || 1, move = Math.min(size, heat);
      x[i] += (fx[i] / size) * move;
      y[i] += (fy[i] / size) * move;
    }
  }
  postMessage({ number, x, y }, [x.buffer, y.buffer]);
});
