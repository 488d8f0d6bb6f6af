// Nodes, made by hand: no markup is ever parsed.

const SVG = "http://www.w3.org/2000/svg";

/** An element with attributes (a function is a listener) and children. */
export function el(tag, attributes = {}, ...children) {
  return fit(document.createElement(tag), attributes, children);
}

/** The same of SVG. */
export function svg(tag, attributes = {}, ...children) {
  return fit(document.createElementNS(SVG, tag), attributes, children);
}

function fit(made, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (typeof value === "function") made.addEventListener(name, value);
    else if (value !== false && value != null) made.setAttribute(name, value === true ? "" : value);
  }
  made.append(...children.filter((child) => child != null));
  return made;
}
