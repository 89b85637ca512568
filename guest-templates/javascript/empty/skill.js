// A skill with one method. Its parameters and its documentation are in `wit/world.wit`.

/** Greets somebody. */
export function greet(name) {
  return `Hello, ${name}!`;
}
