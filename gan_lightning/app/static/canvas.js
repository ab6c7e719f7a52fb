// A canvas to draw on in white, or to put an image on; a search sends what is on it.
const canvas = element.querySelector("canvas");
const context = canvas.getContext("2d");
let empty = true;
let last = null;
const place = (event) => {
  const box = canvas.getBoundingClientRect();
  const scale = canvas.width / box.width;
  return [(event.clientX - box.left) * scale, (event.clientY - box.top) * scale];
};
const clear = () => {
  context.globalCompositeOperation = "source-over";
  context.fillStyle = "black";
  context.fillRect(0, 0, canvas.width, canvas.height);
  empty = true;
};
const stroke = (from, to) => {
  context.globalCompositeOperation = "source-over";
  context.strokeStyle = "white";
  context.lineWidth = canvas.width / 12;
  context.lineCap = "round";
  context.beginPath();
  context.moveTo(...from);
  context.lineTo(...to);
  context.stroke();
  empty = false;
};
canvas.addEventListener("pointerdown", (event) => {
  canvas.setPointerCapture(event.pointerId);
  last = place(event);
  stroke(last, last);
});
canvas.addEventListener("pointermove", (event) => {
  if (!last) return;
  const here = place(event);
  stroke(last, here);
  last = here;
});
for (const end of ["pointerup", "pointercancel"]) canvas.addEventListener(end, () => (last = null));
element.querySelector("input").addEventListener("change", async (event) => {
  const [file] = event.target.files;
  event.target.value = "";
  if (!file) return;
  try {
    const image = await createImageBitmap(file);
    const side = Math.min(image.width, image.height);
    clear();
    context.fillStyle = "white";
    context.fillRect(0, 0, canvas.width, canvas.height);
    const corner = [(image.width - side) / 2, (image.height - side) / 2];
    context.drawImage(image, ...corner, side, side, 0, 0, canvas.width, canvas.height);
    empty = false;
  } catch {
    trigger("submit", { image: "unreadable" });
  }
});
element.querySelector(".clear").addEventListener("click", clear);
element.querySelector(".negative").addEventListener("click", () => {
  context.globalCompositeOperation = "difference";
  context.fillStyle = "white";
  context.fillRect(0, 0, canvas.width, canvas.height);
});
element.querySelector(".search").addEventListener("click", () => {
  trigger("submit", { image: empty ? "" : canvas.toDataURL("image/png") });
});
clear();
