// Node 20 lacks what the library takes for granted.
Promise.withResolvers ??= function () {
  let resolve, reject
  const promise = new this((a, b) => { resolve = a; reject = b })
  return { promise, resolve, reject }
}
globalThis.WebSocket ??= (await import('ws')).WebSocket
