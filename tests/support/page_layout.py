"""What is wrong with how a page is laid out: found in the browser, from the boxes of its texts."""

from __future__ import annotations

FINDINGS = """
() => {
  const found = [];
  const root = document.documentElement;
  if (root.scrollWidth > innerWidth) found.push(`the document scrolls sideways: ${root.scrollWidth}`);
  const name = (element) => `${element.tagName.toLowerCase()}#${element.id}.${element.className}`;
  const unseen = ".unseen, [hidden], dialog:not([open]), .skip, .symbols";
  const isUnseen = (element) => element.closest(unseen) !== null;

  // What is wider than its box: cut with an ellipsis, of which eight letters are left, or a finding.
  for (const element of document.querySelectorAll("body *")) {
    if (!element.checkVisibility() || isUnseen(element)) continue;
    if (element.closest("svg, option, select, input") !== null) continue;
    const style = getComputedStyle(element);
    if (style.display === "inline") continue;
    const isWide = element.scrollWidth > element.clientWidth + 1 && element.clientWidth > 0;
    if (!isWide) continue;
    if (["auto", "scroll"].includes(style.overflowX)) found.push(`scrolls sideways: ${name(element)}`);
    else if (style.overflowX === "hidden" && style.textOverflow === "ellipsis") {
      if (visibleLetters(element) < 8) found.push(`cut too short: ${element.textContent.trim()}`);
    } else if (style.overflowX === "hidden") found.push(`cut: ${name(element)} ${element.textContent.trim()}`);
  }

  function visibleLetters(element) {
    const walker = document.createTreeWalker(element, NodeFilter.SHOW_TEXT);
    const right = element.getBoundingClientRect().right - 12; // the ellipsis
    let letters = 0;
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
      for (let at = 0; at < node.data.length; at += 1) {
        const range = document.createRange();
        range.setStart(node, at);
        range.setEnd(node, at + 1);
        const box = range.getBoundingClientRect();
        if (!box.width) continue;
        if (box.right > right) return letters;
        letters += 1;
      }
    }
    return Infinity;
  }

  // Texts over each other, and texts beyond the window.
  const boxes = [];
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let node = walker.nextNode(); node; node = walker.nextNode()) {
    const element = node.parentElement;
    if (!node.data.trim() || !element.checkVisibility() || isUnseen(element)) continue;
    if (element.closest("svg, option, script") !== null) continue;
    const range = document.createRange();
    range.selectNodeContents(node);
    const clip = element.closest(".cut, th.name > *")?.getBoundingClientRect();
    for (const box of range.getClientRects()) {
      const right = clip ? Math.min(box.right, clip.right) : box.right;
      if (right <= box.left || !box.height) continue;
      boxes.push({ node, text: node.data.trim(), left: box.left, right, top: box.top + 2, bottom: box.bottom - 2 });
    }
  }
  const isOut = (one) => one.right > innerWidth + 1 || one.left < -1;
  for (const one of boxes) if (isOut(one)) found.push(`beyond the window: ${one.text}`);
  for (let first = 0; first < boxes.length; first += 1)
    for (let second = first + 1; second < boxes.length; second += 1) {
      const [one, other] = [boxes[first], boxes[second]];
      if (one.node === other.node) continue;
      const [across, level] = [
        one.left < other.right - 1 && other.left < one.right - 1,
        one.top < other.bottom - 1 && other.top < one.bottom - 1,
      ];
      if (across && level) found.push(`over each other: ${one.text} | ${other.text}`);
    }
  return found;
}
"""
"""A script that returns the findings, empty if there are none."""
