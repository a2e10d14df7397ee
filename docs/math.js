// Formulas are written as forges read them: $`…$` hidden in code marks in a line, and ```math blocks. In the book both arrive as
// code elements, which MathJax leaves alone: here they become what it typesets.
for (const code of document.querySelectorAll('code.language-math')) {
  const block = document.createElement('div');
  block.textContent = `\\[${code.textContent}\\]`;
  (code.closest('pre') ?? code).replaceWith(block);
}
for (const code of document.querySelectorAll('code')) {
  const [before, after] = [code.previousSibling, code.nextSibling];
  if (!before?.textContent.endsWith('$') || !after?.textContent.startsWith('$')) continue;
  const formula = document.createElement('span');
  formula.textContent = `\\(${code.textContent}\\)`;
  before.textContent = before.textContent.slice(0, -1);
  after.textContent = after.textContent.slice(1);
  code.replaceWith(formula);
}
// Whichever of the two scripts is ready last.
window.MathJax?.Hub?.Queue(['Typeset', window.MathJax.Hub]);
