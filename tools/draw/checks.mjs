// What a person would report of a picture.

// cutOff runs in the page: it lists texts of tables that do not fit.
export function cutOff() {
  const found = [];
  for (const cell of document.querySelectorAll('[role=gridcell], [role=columnheader]')) {
    const panel = cell.closest('[data-panel]');
    const { left, right } = cell.getBoundingClientRect();
    const limit = Math.min(right, panel.getBoundingClientRect().right);
    const texts = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
    while (texts.nextNode()) {
      const range = document.createRange();
      range.selectNodeContents(texts.currentNode);
      const text = range.getBoundingClientRect();
      if (text.right > limit + 1 || text.left < left - 1) {
        found.push(`panel "${panel.dataset.panel}": the text "${texts.currentNode.data}" is cut off`);
      }
    }
  }
  return found;
}

export function problemsOf(picture, panels) {
  const mayBeEmpty = new RegExp(picture.empty);
  const problems = [];
  const colors = {}; // by app, the same in all panels
  for (const { title, empty, series } of panels) {
    if (empty && !mayBeEmpty.test(title)) {
      problems.push(`panel "${title}" is empty`);
    }
    const used = {};
    for (const { name, color } of series) {
      if (used[color] !== undefined) {
        problems.push(`panel "${title}": "${name}" and "${used[color]}" have the same color`);
      }
      used[color] = name;
      if (picture.dashboard.uid === 'realtimekit-livestreams' && (colors[name] ??= color) !== color) {
        problems.push(`panel "${title}": "${name}" has another color than in the panels before`);
      }
    }
  }
  return problems;
}
