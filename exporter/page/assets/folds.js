// Parts that fold: on a phone all are folded at first; paper shows everything.

const PHONE = matchMedia("(max-width: 640px)");

const folds = () => document.querySelectorAll("details.fold");

/** Folds for the width that the page opens with, and whenever the width changes between phone and wider. */
export function startFolds() {
  const apply = () => folds().forEach((fold) => (fold.open = !PHONE.matches));
  PHONE.addEventListener("change", apply);
  addEventListener("beforeprint", () => folds().forEach((fold) => (fold.open = true)));
  apply();
}
