// Which text of a page is cut: its box is larger than what lets it be seen; and which is too small in a chart.
// Loaded before the page itself.
//
// HTML and SVG text is looked up when `cutText` is called. Tables draw theirs on canvases, so what they draw
// is noted as it is drawn, with the clip it is drawn in.
(() => {
  const EVERYTHING = [-1e9, -1e9, 1e9, 1e9], INK = 3, SMALLEST = 12;
  // px: of a line's box above and below its letters, and of letters in a chart
  const drawn = new Map(); // canvas -> texts in it, by place
  const clips = new WeakMap(), paths = new WeakMap(); // of a drawing context

  const onCanvas = (context, left, top, right, bottom) => {
    const m = context.getTransform();
    return [m.a * left + m.e, m.d * top + m.f, m.a * right + m.e, m.d * bottom + m.f];
  };
  const clip = context => (clips.has(context) || clips.set(context, [EVERYTHING]), clips.get(context));
  const before = (name, note) => {
    const real = CanvasRenderingContext2D.prototype[name];
    CanvasRenderingContext2D.prototype[name] = function (...given) {
      note(this, ...given);
      return real.apply(this, given);
    };
  };
  before("save", context => clip(context).push(clip(context).at(-1)));
  before("restore", context => clip(context).length > 1 && clip(context).pop());
  before("beginPath", context => paths.set(context, []));
  before("rect", (context, x, y, w, h) => paths.get(context)?.push(onCanvas(context, x, y, x + w, y + h)));
  before("clip", context => {
    const boxes = paths.get(context) ?? [], mine = clip(context), now = mine.at(-1);
    if (boxes.length === 1) // several: the parts of a table that are drawn anew
      mine[mine.length - 1] = [Math.max(now[0], boxes[0][0]), Math.max(now[1], boxes[0][1]),
        Math.min(now[2], boxes[0][2]), Math.min(now[3], boxes[0][3])];
  });
  before("fillText", (context, text, x, y) => {
    const size = context.measureText(text);
    const box = onCanvas(context, x - size.actualBoundingBoxLeft, y, x + size.actualBoundingBoxRight, y);
    const texts = drawn.get(context.canvas) ?? drawn.set(context.canvas, new Map()).get(context.canvas);
    texts.set(`${text} ${box}`, {text, box, clip: clip(context).at(-1)});
  });

  const where = element => {
    const keyed = element.closest("[class*=st-key-]");
    return keyed ? [...keyed.classList].find(name => name.startsWith("st-key-")).slice(7) : element.tagName;
  };
  const inTables = () => [...drawn].flatMap(([canvas, texts]) => [...texts.values()]
    // a column that the table's edge cuts is reached by scrolling
    .filter(({box, clip}) => box[0] < clip[2] && box[2] > clip[2] + 1 && box[2] < canvas.width)
    .map(({text}) => `table: ${text}`));

  const overBy = (node, holder) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    const box = range.getBoundingClientRect();
    const upright = holder.closest("svg") && box.height > box.width && node.textContent.trim().length > 2;
    for (let around = holder; around && around !== document.documentElement; around = around.parentElement) {
      const style = getComputedStyle(around), edge = around.getBoundingClientRect();
      if (edge.width <= 1 || edge.height <= 1) return 0; // for those who hear the page
      const picture = around instanceof SVGSVGElement && style.overflow !== "visible";
      const wide = Math.max(edge.left - box.left, box.right - edge.right) - (upright ? INK : 1);
      const high = Math.max(edge.top - box.top, box.bottom - edge.bottom) - (upright ? 1 : INK);
      if ((picture || /hidden|clip/.test(style.overflowX)) && wide > 0) return wide;
      if ((picture || /hidden|clip/.test(style.overflowY)) && high > 0) return high;
      if (/auto|scroll/.test(style.overflow) || style.position === "fixed") return 0;
    }
    return 0;
  };
  const inPage = () => {
    const found = [], nodes = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node; (node = nodes.nextNode()); ) {
      const holder = node.parentElement, text = node.textContent.trim();
      if (!text || holder.closest("script, style, title, canvas, svg defs")) continue;
      if (/material/i.test(getComputedStyle(holder).fontFamily)) continue; // an icon's name
      if (!holder.checkVisibility({opacityProperty: true, visibilityProperty: true})) continue;
      const over = overBy(node, holder);
      if (over > 0) found.push(`${where(holder)}: ${text} (${Math.ceil(over)} px)`);
      else if (holder.closest("svg") && text.endsWith("…")) found.push(`${where(holder)}: ${text}`);
      const size = parseFloat(getComputedStyle(holder).fontSize);
      if (holder.closest("svg") && size < SMALLEST) found.push(`${where(holder)}: ${text} (${size} px high)`);
    }
    return found;
  };
  // the thaw bar is a picture for the browser: its text is looked up in a copy of the same size
  const inPictures = () => [...document.querySelectorAll("img[src^='data:image/svg']")].flatMap(image => {
    const {width, height} = image.getBoundingClientRect(), copy = document.createElement("div");
    if (!width) return [];
    const [kind, body] = [image.src.split(",", 1)[0], image.src.slice(image.src.indexOf(",") + 1)];
    copy.style = `position: fixed; left: 0; top: 0; width: ${width}px; height: ${height}px; visibility: hidden`;
    copy.innerHTML = kind.endsWith("base64") ? atob(body) : decodeURIComponent(body);
    document.body.append(copy);
    const edge = copy.querySelector("svg").getBoundingClientRect();
    const cut = [...copy.querySelectorAll("text")].filter(text => {
      const box = text.getBoundingClientRect();
      return box.left < edge.left - 1 || box.right > edge.right + 1 || box.bottom > edge.bottom + INK;
    });
    copy.remove();
    return cut.map(text => `picture: ${text.textContent}`);
  });
  window.cutText = () => [...new Set([...inTables(), ...inPage(), ...inPictures()])];
  window.drawnInTables = () => [...drawn.values()].flatMap(texts => [...texts.values()].map(one => one.text));
  window.forgetTables = () => drawn.clear();
})();
