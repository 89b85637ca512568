// The smallest skill. Its methods, their parameters and their documentation are in `wit/world.wit`.

export function echo(message) {
  return message;
}

export function ping() {
  return 'pong';
}

export function reverse(message) {
  return [...message].reverse().join('');
}
