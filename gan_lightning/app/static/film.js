// A film: the slider, or an image of the strip, shows a frame, and the button plays them to and fro.
let timer = null;
let step = 1;
const slider = () => element.querySelector("input[type=range]");
const show = (index) => {
  const images = element.querySelectorAll(".cell img");
  element.querySelector(".screen").src = images[index].src;
  slider().value = index;
};
const stop = () => {
  clearInterval(timer);
  timer = null;
  const button = element.querySelector(".play");
  if (button) button.textContent = "Play";
};
const advance = () => {
  const last = Number(slider().max);
  const at = Number(slider().value);
  if (at + step < 0 || at + step > last) step = -step;
  show(at + step);
};
element.addEventListener("input", (event) => {
  if (event.target !== slider()) return;
  stop();
  show(Number(slider().value));
});
element.addEventListener("click", (event) => {
  const cell = event.target.closest(".cell");
  if (cell) {
    stop();
    show(Number(cell.dataset.index));
  } else if (event.target.closest(".play")) {
    if (timer) return stop();
    event.target.closest(".play").textContent = "Pause";
    timer = setInterval(() => (element.isConnected && slider() ? advance() : stop()), 120);
  }
});
watch("value", stop);
