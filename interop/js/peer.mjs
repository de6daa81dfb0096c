// A small libp2p peer to talk with: "peer.mjs listen" answers, "peer.mjs dial ADDRESS SCENARIO..." asks,
// "peer.mjs relay" is a circuit relay, "peer.mjs reserve RELAY" answers through one.
// Options before the command: --security=noise|tls --transport=tcp|ws; of a relay --duration=SECONDS,
// --data=BYTES (0 is no limit), --ttl=SECONDS.
import './shim.mjs'
import { createInterface } from 'node:readline'

const { createLibp2p } = await import('libp2p')
const { circuitRelayServer, circuitRelayTransport } = await import('@libp2p/circuit-relay-v2')
const { identify, identifyPush } = await import('@libp2p/identify')
const { noise } = await import('@libp2p/noise')
const { ping } = await import('@libp2p/ping')
const { tcp } = await import('@libp2p/tcp')
const { tls } = await import('@libp2p/tls')
const { webSockets } = await import('@libp2p/websockets')
const { yamux } = await import('@libp2p/yamux')
const { multiaddr } = await import('@multiformats/multiaddr')

const ECHO = '/fairlead/echo/1'
const HALF = '/fairlead/half/1'
const RESET = '/fairlead/reset/1'
const SLEEP = '/fairlead/sleep/1'
const PERF = '/perf/1.0.0'
const PARALLEL = 64
const CHUNK = new Uint8Array(64 * 1024)

const options = { security: 'noise', transport: 'tcp', duration: '120', data: '131072', ttl: '7200' }
const words = []
for (const word of process.argv.slice(2)) {
  const option = /^--(\w+)=(.*)$/.exec(word)
  if (option != null) options[option[1]] = option[2]
  else words.push(word)
}

let wakeUp
const awake = new Promise(resolve => { wakeUp = resolve })
const many = { maxInboundStreams: 10_000, maxOutboundStreams: 10_000, runOnLimitedConnection: true }
const direct = '/ip4/127.0.0.1/tcp/0' + (options.transport === 'ws' ? '/ws' : '')

function services () {
  const all = { identify: identify(), identifyPush: identifyPush({ debounce: 100 }), ping: ping() }
  if (words[0] !== 'relay') return all
  const unlimited = options.data === '0' && options.duration === '0'
  return {
    ...all,
    relay: circuitRelayServer({
      maxInboundHopStreams: 10_000,
      maxOutboundHopStreams: 10_000,
      maxOutboundStopStreams: 10_000,
      reservations: {
        maxReservations: 1000,
        reservationTtl: Number(options.ttl) * 1000,
        applyDefaultLimit: !unlimited,
        defaultDurationLimit: Number(options.duration) * 1000,
        defaultDataLimit: BigInt(options.data)
      }
    })
  }
}

const node = await createLibp2p({
  addresses: { listen: words[0] === 'reserve' ? [words[1] + '/p2p-circuit'] : [direct] },
  transports: [
    options.transport === 'ws' ? webSockets() : tcp(),
    circuitRelayTransport({ maxInboundStopStreams: 10_000, maxOutboundStopStreams: 10_000 })
  ],
  connectionEncrypters: [options.security === 'tls' ? tls() : noise()],
  streamMuxers: [yamux({ maxInboundStreams: 10_000, maxOutboundStreams: 10_000, maxEarlyStreams: 10_000 })],
  connectionManager: { inboundConnectionThreshold: 10_000, maxConnections: 10_000 },
  connectionMonitor: { enabled: false },
  services: services()
})

const identified = new Promise(resolve => {
  node.addEventListener('peer:identify', event => resolve(event.detail), { once: true })
})

async function write (stream, bytes) {
  for (let left = bytes; left > 0;) {
    const some = Math.min(left, CHUNK.length)
    if (!stream.send(CHUNK.subarray(0, some))) await stream.onDrain()
    left -= some
  }
}

// Calls back with each part up to the end of the peer's direction. The stream's own iterator ends
// with the peer's end even where bytes before it were not handed out yet.
function read (stream, each) {
  return new Promise((resolve, reject) => {
    stream.addEventListener('message', event => each(event.data))
    stream.addEventListener('end', () => { if (stream.status !== 'reset') resolve() })
    stream.addEventListener('close', event => { event.error == null ? resolve() : reject(event.error) })
    if (stream.readableEnded) resolve()
  })
}

async function count (stream) {
  let bytes = 0
  await read(stream, part => { bytes += part.byteLength })
  return bytes
}

async function text (stream) {
  const decoder = new TextDecoder()
  let all = ''
  await read(stream, part => { all += decoder.decode(part.subarray(), { stream: true }) })
  return all
}

function handle (id, handler) {
  return node.handle(id, async stream => {
    try {
      await handler(stream)
    } catch (problem) {
      stream.abort(problem)
    }
  }, many)
}

async function countAndTell (stream) {
  stream.send(new TextEncoder().encode(String(await count(stream))))
  await stream.close()
}

await handle(ECHO, async stream => {
  await read(stream, part => {
    if (stream.send(part)) return
    stream.pause()
    // Its end may have come meanwhile: resuming it would throw, and nobody would catch it.
    stream.onDrain().then(() => { if (stream.readStatus === 'paused') stream.resume() }, () => {})
  })
  await stream.onDrain()
  await stream.close()
})
await handle(HALF, countAndTell)
await handle(RESET, async stream => {
  await read(stream, () => stream.abort(new Error('reset'))).catch(() => {})
})
await handle(SLEEP, async stream => {
  stream.pause()
  await awake
  const counted = countAndTell(stream)
  stream.resume()
  await counted
})
await handle(PERF, async stream => {
  let wanted = null
  let head = new Uint8Array(0)
  await read(stream, part => {
    if (wanted != null) return
    head = Uint8Array.from([...head, ...part.subarray(0, 8 - head.length)])
    if (head.length === 8) wanted = Number(new DataView(head.buffer).getBigUint64(0))
  })
  await write(stream, wanted ?? 0)
  await stream.close()
})

async function echo (connection, word, times) {
  const stream = await connection.newStream(ECHO, many)
  const sent = word.repeat(times)
  const back = text(stream)
  const bytes = new TextEncoder().encode(sent)
  for (let at = 0; at < bytes.length; at += CHUNK.length) {
    if (!stream.send(bytes.subarray(at, at + CHUNK.length))) await stream.onDrain()
  }
  await stream.close()
  if (await back !== sent) throw new Error('another text came back')
}

// The end of the next stream of a protocol that the node opens by itself. How long it waits before a
// push is its affair: each change of its own addresses, too, begins that time anew.
function streamOf (connection, wanted) {
  const open = connection.newStream.bind(connection)
  return new Promise(resolve => {
    connection.newStream = async (protocols, ...more) => {
      const stream = await open(protocols, ...more)
      if ([protocols].flat().includes(wanted)) stream.addEventListener('close', resolve)
      return stream
    }
  })
}

async function run (connection, name, number) {
  switch (name) {
    case 'ping':
      await node.services.ping.ping(connection.remotePeer)
      return '-'
    case 'identify': {
      const said = await identified // what the node asked by itself: it does not ask twice at once
      return `${said.agentVersion}/${said.protocols.length}`
    }
    case 'push': {
      const pushed = streamOf(connection, '/ipfs/id/push/1.0.0')
      await node.handle('/fairlead/pushed/1', stream => stream.close(), many)
      await pushed
      return '-'
    }
    case 'echo':
      await echo(connection, 'hello', Math.max(1, number))
      return '-'
    case 'streams': {
      const all = []
      for (let i = 0; i < number; i++) all.push(echo(connection, `stream ${i}`, 500))
      await Promise.all(all)
      return '-'
    }
    case 'half':
    case 'sleep': {
      const stream = await connection.newStream(name === 'half' ? HALF : SLEEP, many)
      const answer = text(stream)
      await write(stream, number)
      await stream.close()
      if (await answer !== String(number)) throw new Error(`counted ${await answer}`)
      return '-'
    }
    case 'reset': {
      const stream = await connection.newStream(RESET, many)
      stream.send(Uint8Array.of(1))
      try {
        await count(stream)
      } catch (problem) {
        return problem.name
      }
      throw new Error('no reset')
    }
    case 'upload':
    case 'download': {
      const stream = await connection.newStream(PERF, many)
      const head = new Uint8Array(8)
      if (name === 'download') new DataView(head.buffer).setBigUint64(0, BigInt(number))
      const counted = count(stream)
      stream.send(head)
      if (name === 'upload') await write(stream, number)
      await stream.close()
      const bytes = await counted
      if (name === 'download' && bytes !== number) throw new Error(`got ${bytes}`)
      return '-'
    }
    case 'parallel': {
      const all = []
      for (let i = 0; i < PARALLEL; i++) all.push(run(connection, 'upload', Math.floor(number / PARALLEL)))
      await Promise.all(all)
      return '-'
    }
    case 'limited':
      return connection.limits == null ? 'no' : `${connection.limits.seconds}/${connection.limits.bytes}`
    case 'connections':
      for (let i = 0; i < number; i++) {
        const address = connection.remoteAddr
        await connection.close()
        connection = await node.dial(address)
      }
      return '-'
  }
  throw new Error('no such scenario')
}

async function reserved () {
  for (;;) {
    const address = node.getMultiaddrs().find(each => each.toString().includes('/p2p-circuit'))
    if (address != null) return address
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

if (words[0] === 'listen' || words[0] === 'relay' || words[0] === 'reserve') {
  console.log(`listening ${words[0] === 'reserve' ? await reserved() : node.getMultiaddrs()[0]}`)
  for await (const line of createInterface({ input: process.stdin })) {
    if (line === 'wake') wakeUp()
  }
} else {
  try {
    const connection = await node.dial(multiaddr(words[1]))
    for (const scenario of words.slice(2)) {
      const [name, number] = scenario.split('=')
      const started = process.hrtime.bigint()
      const result = await run(connection, name, Number(number ?? 0))
      console.log(`ok ${scenario} ${result} ${(process.hrtime.bigint() - started) / 1000n}`)
    }
    await node.stop()
  } catch (problem) {
    console.error('failed', problem)
    process.exit(1)
  }
}
process.exit(0)
