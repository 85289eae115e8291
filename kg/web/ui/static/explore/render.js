// Draws a scene on a canvas: typed arrays in, pixels out. Knows nothing of where the scene comes from.
//
// A scene: { n, x, y, r, type, order, label(i), m, source, target, kind, bubbles, links, arrows, dimmed(i), chosen(i), edgeChosen(e), edgeLabel(e) }.
// `order` has node numbers by importance, for labels. Edges come best first: with more than the budget the rest are not drawn.

const BUDGET = 8000; // edges in one frame
const PAUSE = 150; // ms after the last movement until all is drawn again
const SHAPES = {
  dot: (c, x, y, r) => { c.moveTo(x + r, y); c.arc(x, y, r, 0, 7); },
  square: (c, x, y, r) => c.rect(x - r * 0.88, y - r * 0.88, r * 1.76, r * 1.76),
  triangle: (c, x, y, r) => { c.moveTo(x, y - r * 1.15); c.lineTo(x + r, y + r * 0.75); c.lineTo(x - r, y + r * 0.75); c.closePath(); },
  triangleDown: (c, x, y, r) => { c.moveTo(x, y + r * 1.15); c.lineTo(x + r, y - r * 0.75); c.lineTo(x - r, y - r * 0.75); c.closePath(); },
  diamond: (c, x, y, r) => { c.moveTo(x, y - r * 1.2); c.lineTo(x + r * 1.1, y); c.lineTo(x, y + r * 1.2); c.lineTo(x - r * 1.1, y); c.closePath(); },
  star: (c, x, y, r) => {
    for (let i = 0; i < 10; i++) {
      const a = -Math.PI / 2 + (i * Math.PI) / 5, q = i % 2 ? r * 0.55 : r * 1.25;
      if (i) c.lineTo(x + Math.cos(a) * q, y + Math.sin(a) * q); else c.moveTo(x, y - q);
    }
    c.closePath();
  },
};

export function shapePath(shape, context, x, y, r) {
  SHAPES[shape](context, x, y, r);
}

export class Renderer {
  constructor(canvas, looks) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { alpha: false });
    this.looks = looks; // by type number: { colour, shape }
    this.camera = { x: 0, y: 0, k: 1 };
    this.scene = null;
    this.hover = -1;
    this.drawn = null; // the last whole picture, with its camera
    this.asked = 0;
    this.settled = 0;
    new ResizeObserver(() => this.resize()).observe(canvas);
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.restyle());
    this.restyle();
    this.resize();
  }

  restyle() {
    const style = getComputedStyle(document.documentElement);
    const [ink, soft, line, back] = ["--ink", "--soft", "--line", "--back"].map((name) => style.getPropertyValue(name).trim());
    this.style = { ink, soft, line, back };
    this.draw();
  }

  resize() {
    const box = this.canvas.getBoundingClientRect();
    this.ratio = Math.min(devicePixelRatio || 1, 2);
    this.width = Math.max(1, box.width);
    this.height = Math.max(1, box.height);
    this.canvas.width = Math.round(this.width * this.ratio);
    this.canvas.height = Math.round(this.height * this.ratio);
    this.drawn = null;
    this.paint();
  }

  show(scene) {
    this.scene = scene;
    this.grid = null;
    this.drawn = null;
    this.hover = -1;
    this.draw();
  }

  // Ask for a frame; with `moving`, a large scene is shown as its last picture, moved, until it rests.
  draw(moving = false) {
    clearTimeout(this.settled);
    if (moving && this.scene && this.scene.n + this.scene.m > 6000) {
      this.settled = setTimeout(() => { this.drawn = null; this.draw(); }, PAUSE);
    } else {
      this.drawn = null;
    }
    if (!this.asked) this.asked = requestAnimationFrame(() => { this.asked = 0; this.paint(); });
  }

  paint() {
    const { context: c, ratio } = this;
    c.setTransform(ratio, 0, 0, ratio, 0, 0);
    c.fillStyle = this.style.back;
    if (this.scene && this.drawn) {
      this.blit();
      return;
    }
    c.fillRect(0, 0, this.width, this.height);
    if (!this.scene) return;
    this.paintScene();
    if (this.scene.n + this.scene.m > 6000) {
      const copy = document.createElement("canvas");
      copy.width = this.canvas.width;
      copy.height = this.canvas.height;
      copy.getContext("2d", { alpha: false }).drawImage(this.canvas, 0, 0);
      this.drawn = { copy, camera: { ...this.camera } };
    }
  }

  blit() {
    const { copy, camera: old } = this.drawn, { x, y, k } = this.camera;
    const scale = k / old.k;
    const dx = (old.x - x) * k + (this.width / 2) * (1 - scale), dy = (old.y - y) * k + (this.height / 2) * (1 - scale);
    const { context: c, width, height } = this, right = dx + width * scale, below = dy + height * scale;
    for (const [l, t, r, b] of [[0, 0, dx, height], [right, 0, width, height], [0, 0, width, dy], [0, below, width, height]]) {
      if (r > l && b > t) c.fillRect(l, t, r - l, b - t); // only what the picture leaves bare
    }
    c.drawImage(copy, dx, dy, width * scale, height * scale);
  }

  sx(x) { return (x - this.camera.x) * this.camera.k + this.width / 2; }
  sy(y) { return (y - this.camera.y) * this.camera.k + this.height / 2; }
  wx(x) { return (x - this.width / 2) / this.camera.k + this.camera.x; }
  wy(y) { return (y - this.height / 2) / this.camera.k + this.camera.y; }

  size(i) {
    const { r } = this.scene;
    return Math.max(this.scene.least ?? 3, r[i] * Math.min(this.scene.most ?? 1.6, Math.max(0.35, this.camera.k)));
  }

  paintScene() {
    const { scene } = this;
    if (scene.bubbles) this.paintBubbles();
    this.paintEdges();
    this.paintNodes();
    this.paintLabels();
  }

  paintBubbles() {
    const { context: c, scene, style } = this;
    const place = new Map(scene.bubbles.map((b) => [b.number, b]));
    c.lineCap = "round";
    for (const [a, b, weight] of scene.links) {
      const one = place.get(a), other = place.get(b);
      if (!one || !other) continue;
      c.beginPath();
      c.moveTo(this.sx(one.x), this.sy(one.y));
      c.lineTo(this.sx(other.x), this.sy(other.y));
      c.globalAlpha = 0.25;
      c.strokeStyle = style.soft;
      c.lineWidth = Math.min(10, 0.5 + Math.sqrt(weight) * 0.3);
      c.stroke();
    }
    for (const bubble of scene.bubbles) {
      const r = bubble.r * this.camera.k;
      c.beginPath();
      c.arc(this.sx(bubble.x), this.sy(bubble.y), r + 3, 0, 7);
      c.globalAlpha = 0.08;
      c.fillStyle = style.ink;
      c.fill();
      c.globalAlpha = 0.3;
      c.lineWidth = 1;
      c.strokeStyle = style.soft;
      c.stroke();
    }
    c.globalAlpha = 1;
  }

  paintEdges() {
    const { context: c, scene, style, width, height } = this;
    const { x, y, source, target } = scene;
    if (scene.bubbles && this.camera.k < 0.35) return;
    let left = BUDGET;
    const plain = [], marked = [];
    for (let e = 0; e < scene.m && left > 0; e++) {
      const ax = this.sx(x[source[e]]), ay = this.sy(y[source[e]]), bx = this.sx(x[target[e]]), by = this.sy(y[target[e]]);
      if (Math.max(ax, bx) < 0 || Math.min(ax, bx) > width || Math.max(ay, by) < 0 || Math.min(ay, by) > height) continue;
      left--;
      (scene.edgeChosen?.(e) || source[e] === this.hover || target[e] === this.hover ? marked : plain).push(e, ax, ay, bx, by);
    }
    const crowded = plain.length > 3000;
    for (const [list, colour, alpha, thick] of [[plain, style.soft, this.hover >= 0 ? 0.12 : crowded ? 0.15 : 0.45, crowded ? 0.6 : 1], [marked, style.ink, 0.9, 1.6]]) {
      c.strokeStyle = c.fillStyle = colour;
      c.globalAlpha = alpha;
      c.lineWidth = thick;
      c.beginPath();
      for (let i = 0; i < list.length; i += 5) {
        c.moveTo(list[i + 1], list[i + 2]);
        c.lineTo(list[i + 3], list[i + 4]);
        if (i % 2500 === 2495) { c.stroke(); c.beginPath(); } // long paths are slow to stroke
      }
      c.stroke();
      if (scene.arrows && list.length < 5 * 1500) this.paintArrows(list);
    }
    c.globalAlpha = 1;
    if (scene.edgeLabel && (marked.length && marked.length <= 5 * 60 || plain.length + marked.length <= 5 * 14)) {
      this.paintEdgeLabels(marked.length ? marked : plain);
    }
  }

  paintArrows(list) {
    const { context: c, scene } = this;
    c.beginPath();
    for (let i = 0; i < list.length; i += 5) {
      const [e, ax, ay, bx, by] = list.slice(i, i + 5);
      const length = Math.hypot(bx - ax, by - ay), gap = this.size(scene.target[e]) + 2;
      if (length < gap + 10) continue;
      const ux = (bx - ax) / length, uy = (by - ay) / length, tx = bx - ux * gap, ty = by - uy * gap;
      c.moveTo(tx, ty);
      c.lineTo(tx - ux * 7 + uy * 3.2, ty - uy * 7 - ux * 3.2);
      c.lineTo(tx - ux * 7 - uy * 3.2, ty - uy * 7 + ux * 3.2);
      c.closePath();
    }
    c.fill();
  }

  paintEdgeLabels(list) {
    const { context: c, scene, style } = this;
    c.font = "10px system-ui, sans-serif";
    c.textAlign = "center";
    c.textBaseline = "middle";
    for (let i = 0; i < list.length; i += 5) {
      const [e, ax, ay, bx, by] = list.slice(i, i + 5);
      const words = scene.edgeLabel(e), wide = c.measureText(words).width;
      if (Math.hypot(bx - ax, by - ay) < wide + 24) continue;
      c.save();
      c.translate((ax + bx) / 2, (ay + by) / 2);
      let angle = Math.atan2(by - ay, bx - ax);
      if (Math.abs(angle) > Math.PI / 2) angle += Math.PI;
      c.rotate(angle);
      c.fillStyle = style.back;
      c.globalAlpha = 0.85;
      c.fillRect(-wide / 2 - 2, -6, wide + 4, 12);
      c.globalAlpha = 1;
      c.fillStyle = style.soft;
      c.fillText(words, 0, 0);
      c.restore();
    }
  }

  paintNodes() {
    const { context: c, scene, width, height, style } = this;
    const { n, x, y, type } = scene;
    const near = this.hover >= 0 && !scene.bubbles ? this.nearHover() : null;
    for (const strong of near || scene.dimmed ? [false, true] : [true]) {
      for (let t = 0; t < this.looks.length; t++) {
        const look = this.looks[t];
        let count = 0;
        c.globalAlpha = strong ? 1 : 0.2;
        c.fillStyle = look.colour;
        c.beginPath();
        for (let i = 0; i < n; i++) {
          if (type[i] !== t || (near ? near.has(i) : !scene.dimmed?.(i)) !== strong) continue;
          const px = this.sx(x[i]), py = this.sy(y[i]), r = this.size(i);
          if (px < -r || px > width + r || py < -r || py > height + r) continue;
          if (r < 2.2) { c.fillRect(px - r, py - r, r * 2, r * 2); continue; }
          SHAPES[look.shape](c, px, py, r);
          if (++count % 500 === 0) { c.fill(); c.beginPath(); } // long paths are slow to fill
        }
        c.fill();
        if (count && n < 2000) {
          c.lineWidth = 1;
          c.strokeStyle = style.back;
          c.stroke();
        }
      }
    }
    c.globalAlpha = 1;
    for (let i = 0; i < (scene.chosen ? n : 0); i++) {
      if (!scene.chosen(i) && i !== this.hover) continue;
      c.beginPath();
      c.arc(this.sx(x[i]), this.sy(y[i]), this.size(i) + 4, 0, 7);
      c.lineWidth = scene.chosen(i) ? 2.5 : 1.5;
      c.strokeStyle = style.ink;
      c.stroke();
    }
  }

  nearHover() {
    const near = new Set([this.hover]), { m, source, target } = this.scene;
    for (let e = 0; e < m; e++) {
      if (source[e] === this.hover) near.add(target[e]);
      if (target[e] === this.hover) near.add(source[e]);
    }
    return near;
  }

  // Labels by importance; one that would cross another is left out.
  paintLabels() {
    const { context: c, scene, width, height, style } = this;
    const taken = new Map(), cell = 24;
    const free = (l, t, r, b, claim) => {
      for (let pass = 0; pass < (claim ? 2 : 1); pass++) {
        for (let gx = Math.floor(l / cell); gx <= Math.floor(r / cell); gx++) {
          for (let gy = Math.floor(t / cell); gy <= Math.floor(b / cell); gy++) {
            const key = gx * 4096 + gy, boxes = taken.get(key);
            if (pass) { if (boxes) boxes.push([l, t, r, b]); else taken.set(key, [[l, t, r, b]]); continue; }
            if (boxes?.some(([ol, ot, or, ob]) => l < or && r > ol && t < ob && b > ot)) return false;
          }
        }
      }
      return true;
    };
    const write = (words, px, py, size, centred, bold) => {
      c.font = `${bold ? "600 " : ""}${size}px system-ui, sans-serif`;
      const wide = c.measureText(words).width, l = centred ? px - wide / 2 : px, t = py - size * 0.7;
      if (l > width || l + wide < 0 || t > height || t + size * 1.3 < 0 || !free(l, t, l + wide, t + size * 1.35, true)) return false;
      c.textAlign = "left";
      c.textBaseline = "middle";
      c.lineWidth = 3;
      c.lineJoin = "round";
      c.strokeStyle = style.back;
      c.strokeText(words, l, py);
      c.fillStyle = style.ink;
      c.fillText(words, l, py);
      return true;
    };
    if (scene.bubbles && this.camera.k < 0.9) {
      for (const b of scene.bubbles) {
        const r = b.r * this.camera.k;
        if (r > 12) write(short(b.label, 34), this.sx(b.x), this.sy(b.y), Math.max(11, Math.min(18, r / 3)), true, true);
      }
    }
    let left = scene.bubbles ? (this.camera.k < 0.5 ? 0 : 150) : 250;
    for (let o = 0; o < scene.order.length && left > 0; o++) {
      const i = scene.order[o], strong = scene.chosen?.(i) || i === this.hover;
      const px = this.sx(scene.x[i]), py = this.sy(scene.y[i]);
      if (px < -100 || px > width || py < 0 || py > height || (scene.dimmed?.(i) && !strong)) continue;
      if (write(short(scene.label(i), strong ? 80 : 32), px + this.size(i) + 4, py, 12, false, strong)) left--;
    }
  }

  // The node at a place on the screen, or -1, by a grid of cells.
  at(px, py) {
    const { scene } = this;
    if (!scene) return -1;
    const reach = 6 / this.camera.k + 14 * (scene.bubbles ? 0.5 : 1), cell = this.cellSize ??= 40;
    if (!this.grid) {
      this.grid = new Map();
      for (let i = 0; i < scene.n; i++) {
        const key = `${Math.floor(scene.x[i] / cell)},${Math.floor(scene.y[i] / cell)}`;
        const there = this.grid.get(key);
        if (there) there.push(i); else this.grid.set(key, [i]);
      }
    }
    const x = this.wx(px), y = this.wy(py);
    let best = -1, closest = Infinity;
    const span = Math.min(12, Math.ceil(reach / cell));
    for (let gx = Math.floor(x / cell) - span; gx <= Math.floor(x / cell) + span; gx++) {
      for (let gy = Math.floor(y / cell) - span; gy <= Math.floor(y / cell) + span; gy++) {
        for (const i of this.grid.get(`${gx},${gy}`) ?? []) {
          const distance = Math.hypot(this.sx(scene.x[i]) - px, this.sy(scene.y[i]) - py) - this.size(i);
          if (distance < 5 && distance < closest) { closest = distance; best = i; }
        }
      }
    }
    return best;
  }

  // The edge at a place on the screen, or -1.
  edgeAt(px, py) {
    const { scene } = this;
    let best = -1, closest = 6;
    for (let e = 0; e < Math.min(scene.m, BUDGET); e++) {
      const ax = this.sx(scene.x[scene.source[e]]), ay = this.sy(scene.y[scene.source[e]]);
      const bx = this.sx(scene.x[scene.target[e]]), by = this.sy(scene.y[scene.target[e]]);
      const along = ((px - ax) * (bx - ax) + (py - ay) * (by - ay)) / ((bx - ax) ** 2 + (by - ay) ** 2 || 1);
      if (along < 0.05 || along > 0.95) continue;
      const distance = Math.hypot(ax + along * (bx - ax) - px, ay + along * (by - ay) - py);
      if (distance < closest) { closest = distance; best = e; }
    }
    return best;
  }

  zoom(factor, px = this.width / 2, py = this.height / 2) {
    const x = this.wx(px), y = this.wy(py);
    this.camera.k = Math.min(12, Math.max(0.01, this.camera.k * factor));
    this.camera.x = x - (px - this.width / 2) / this.camera.k;
    this.camera.y = y - (py - this.height / 2) / this.camera.k;
    this.draw(true);
  }

  pan(dx, dy) {
    this.camera.x -= dx / this.camera.k;
    this.camera.y -= dy / this.camera.k;
    this.draw(true);
  }

  fit(numbers = null, most = 1.6) {
    const { scene } = this;
    if (!scene || !scene.n) return;
    let l = Infinity, r = -Infinity, t = Infinity, b = -Infinity;
    const take = (x, y, q) => { l = Math.min(l, x - q); r = Math.max(r, x + q); t = Math.min(t, y - q); b = Math.max(b, y + q); };
    if (numbers) for (const i of numbers) take(scene.x[i], scene.y[i], 30);
    else if (scene.bubbles?.length) for (const bubble of scene.bubbles) take(bubble.x, bubble.y, bubble.r);
    else for (let i = 0; i < scene.n; i++) take(scene.x[i], scene.y[i], 30);
    this.camera = { x: (l + r) / 2, y: (t + b) / 2, k: Math.min(most, (this.width - 60) / Math.max(1, r - l + 90), (this.height - 90) / Math.max(1, b - t)) };
    this.camera.y -= 15 / this.camera.k; // room for the tools above
    this.draw();
  }
}

export function short(words, most) {
  return words.length > most ? `${words.slice(0, most - 1).trimEnd()}…` : words;
}
