// A small libp2p peer to talk with: "libp2p-rust-peer listen" answers, "... dial ADDRESS SCENARIO..."
// asks. Option before the command: -security=noise|tls. TCP only.
use std::{error::Error, future::Future, sync::Arc, time::Duration};

use futures::{
    AsyncReadExt, AsyncWriteExt, StreamExt,
    future::{join_all, try_join},
    io::AsyncRead,
};
use libp2p::{
    Multiaddr, PeerId, Stream, StreamProtocol, Swarm, SwarmBuilder, identify, noise, ping,
    swarm::{NetworkBehaviour, SwarmEvent},
    tcp, tls, yamux,
};
use libp2p_stream::Control;
use tokio::{
    io::AsyncBufReadExt,
    sync::{Notify, mpsc, oneshot, watch},
    time::Instant,
};

const ECHO: StreamProtocol = StreamProtocol::new("/fairlead/echo/1");
const HALF: StreamProtocol = StreamProtocol::new("/fairlead/half/1");
const RESET: StreamProtocol = StreamProtocol::new("/fairlead/reset/1");
const SLEEP: StreamProtocol = StreamProtocol::new("/fairlead/sleep/1");
const PUSHED: StreamProtocol = StreamProtocol::new("/fairlead/pushed/1");
const PERF: StreamProtocol = StreamProtocol::new("/perf/1.0.0");
const PARALLEL: u64 = 64;

type Failure = Box<dyn Error + Send + Sync>;

#[derive(NetworkBehaviour)]
struct Behaviour {
    identify: identify::Behaviour,
    ping: ping::Behaviour,
    stream: libp2p_stream::Behaviour,
}

/// What is asked of the task that owns the swarm.
enum Command {
    Push(oneshot::Sender<()>),
    Reconnect(oneshot::Sender<()>),
}

/// What the swarm saw last.
#[derive(Clone, Default)]
struct Seen {
    connected: u64,
    closed: u64,
    identified: Option<String>,
    pings: u64,
    pushes: u64,
}

fn swarm(security: &str) -> Result<Swarm<Behaviour>, Failure> {
    let builder = SwarmBuilder::with_new_identity().with_tokio();
    let config = tcp::Config::default().nodelay(true);
    macro_rules! finish {
        ($builder:expr) => {
            $builder
                .with_behaviour(|key| Behaviour {
                    identify: identify::Behaviour::new(identify::Config::new(
                        "ipfs/0.1.0".into(),
                        key.public(),
                    )),
                    ping: ping::Behaviour::new(
                        ping::Config::new().with_interval(Duration::from_millis(300)),
                    ),
                    stream: libp2p_stream::Behaviour::new(),
                })?
                .with_swarm_config(|c| c.with_idle_connection_timeout(Duration::from_secs(600)))
                .build()
        };
    }
    Ok(if security == "tls" {
        finish!(builder.with_tcp(config, tls::Config::new, muxer)?)
    } else {
        finish!(builder.with_tcp(config, noise::Config::new, muxer)?)
    })
}

fn muxer() -> yamux::Config {
    let mut config = yamux::Config::default();
    // As many as its window of a connection (1 GiB) holds windows of streams (256 KiB).
    config.set_max_num_streams(4096);
    config
}

fn serve<F, R>(control: &mut Control, protocol: StreamProtocol, handler: F)
where
    F: Fn(Stream) -> R + Send + Sync + 'static,
    R: Future<Output = Result<(), Failure>> + Send + 'static,
{
    let mut incoming = control.accept(protocol).expect("answered once");
    tokio::spawn(async move {
        while let Some((_, stream)) = incoming.next().await {
            tokio::spawn(handler(stream));
        }
    });
}

fn answer(control: &mut Control, wake: Arc<Notify>) {
    serve(control, ECHO, |stream| async move {
        let (reader, mut writer) = stream.split();
        futures::io::copy(reader, &mut writer).await?;
        Ok(writer.close().await?)
    });
    serve(control, HALF, |mut stream| async move {
        let counted = count(&mut stream).await?;
        stream.write_all(counted.to_string().as_bytes()).await?;
        Ok(stream.close().await?)
    });
    serve(control, RESET, |mut stream| async move {
        stream.read_exact(&mut [0]).await?;
        drop(stream);
        Ok(())
    });
    serve(control, SLEEP, move |mut stream| {
        let wake = wake.clone();
        async move {
            wake.notified().await;
            let counted = count(&mut stream).await?;
            stream.write_all(counted.to_string().as_bytes()).await?;
            Ok(stream.close().await?)
        }
    });
    serve(control, PERF, |mut stream| async move {
        let mut head = [0; 8];
        stream.read_exact(&mut head).await?;
        count(&mut stream).await?;
        write(&mut stream, u64::from_be_bytes(head)).await?;
        Ok(stream.close().await?)
    });
}

async fn count(reader: &mut (impl AsyncRead + Unpin)) -> Result<u64, Failure> {
    let mut chunk = vec![0; 64 * 1024];
    let mut all = 0;
    loop {
        match reader.read(&mut chunk).await? {
            0 => return Ok(all),
            n => all += n as u64,
        }
    }
}

async fn write(stream: &mut Stream, bytes: u64) -> Result<(), Failure> {
    let chunk = vec![0; 64 * 1024];
    let mut left = bytes;
    while left > 0 {
        let some = left.min(chunk.len() as u64);
        stream.write_all(&chunk[..some as usize]).await?;
        left -= some;
    }
    Ok(stream.flush().await?)
}

/// Owns the swarm: does what it is asked and tells what it saw.
async fn drive(
    mut swarm: Swarm<Behaviour>,
    mut commands: mpsc::Receiver<Command>,
    seen: watch::Sender<Seen>,
    to: Option<(Multiaddr, PeerId)>,
) {
    let mut reconnecting: Option<oneshot::Sender<()>> = None;
    let mut pushing: Option<oneshot::Sender<()>> = None;
    loop {
        tokio::select! {
            command = commands.recv() => match (command, &to) {
                (Some(Command::Push(done)), Some((_, peer))) => {
                    pushing = Some(done);
                    swarm.behaviour_mut().identify.push([*peer]);
                }
                (Some(Command::Reconnect(done)), Some((_, peer))) => {
                    reconnecting = Some(done);
                    let _ = swarm.disconnect_peer_id(*peer);
                }
                _ => return,
            },
            event = swarm.select_next_some() => match event {
                SwarmEvent::NewListenAddr { address, .. } => {
                    println!("listening {address}/p2p/{}", swarm.local_peer_id());
                }
                SwarmEvent::ConnectionEstablished { .. } => {
                    seen.send_modify(|s| s.connected += 1);
                    if let Some(done) = reconnecting.take() {
                        let _ = done.send(());
                    }
                }
                SwarmEvent::ConnectionClosed { .. } => {
                    seen.send_modify(|s| s.closed += 1);
                    if let (Some(_), Some((address, _))) = (&reconnecting, &to) {
                        swarm.dial(address.clone()).expect("an address that was dialled before");
                    }
                }
                SwarmEvent::OutgoingConnectionError { error, .. } => fail(error.into()),
                SwarmEvent::Behaviour(BehaviourEvent::Identify(identify::Event::Received {
                    info, ..
                })) => seen.send_modify(|s| {
                    s.identified =
                        Some(format!("{}/{}", info.agent_version, info.protocols.len()));
                }),
                SwarmEvent::Behaviour(BehaviourEvent::Identify(identify::Event::Pushed { .. })) => {
                    seen.send_modify(|s| s.pushes += 1);
                    if let Some(done) = pushing.take() {
                        let _ = done.send(());
                    }
                }
                SwarmEvent::Behaviour(BehaviourEvent::Ping(ping::Event { result: Ok(_), .. })) => {
                    seen.send_modify(|s| s.pings += 1);
                }
                _ => {}
            },
        }
    }
}

struct Asker {
    control: Control,
    peer: PeerId,
    commands: mpsc::Sender<Command>,
    seen: watch::Receiver<Seen>,
}

impl Asker {
    async fn open(&self, protocol: StreamProtocol) -> Result<Stream, Failure> {
        Ok(self.control.clone().open_stream(self.peer, protocol).await?)
    }

    async fn echo(&self, word: &str, times: usize) -> Result<(), Failure> {
        let sent = word.repeat(times);
        let (mut reader, mut writer) = self.open(ECHO).await?.split();
        let writing = async {
            writer.write_all(sent.as_bytes()).await?;
            writer.close().await
        };
        let mut back = String::new();
        let reading = reader.read_to_string(&mut back);
        try_join(writing, reading).await?;
        if back != sent {
            return Err(format!("{} bytes back of {}", back.len(), sent.len()).into());
        }
        Ok(())
    }

    async fn counted(&self, protocol: StreamProtocol, bytes: u64) -> Result<(), Failure> {
        let mut stream = self.open(protocol).await?;
        write(&mut stream, bytes).await?;
        stream.close().await?;
        let mut answer = String::new();
        stream.read_to_string(&mut answer).await?;
        if answer != bytes.to_string() {
            return Err(format!("counted {answer}").into());
        }
        Ok(())
    }

    async fn transfer(&self, up: u64, down: u64) -> Result<(), Failure> {
        let mut stream = self.open(PERF).await?;
        stream.write_all(&down.to_be_bytes()).await?;
        write(&mut stream, up).await?;
        stream.close().await?;
        let got = count(&mut stream).await?;
        if got != down {
            return Err(format!("got {got}").into());
        }
        Ok(())
    }

    async fn command(&self, make: fn(oneshot::Sender<()>) -> Command) -> Result<(), Failure> {
        let (done, wait) = oneshot::channel();
        self.commands.send(make(done)).await?;
        Ok(wait.await?)
    }

    async fn run(&mut self, name: &str, number: u64) -> Result<String, Failure> {
        match name {
            "ping" => {
                self.seen.wait_for(|s| s.pings > 0).await?;
            }
            "identify" => {
                let seen = self.seen.wait_for(|s| s.identified.is_some()).await?;
                return Ok(seen.identified.clone().unwrap_or_default());
            }
            "push" => {
                serve(&mut self.control, PUSHED, |mut s| async move { Ok(s.close().await?) });
                // Its protocols are told to the connections a turn later.
                tokio::time::sleep(Duration::from_millis(500)).await;
                self.command(Command::Push).await?;
            }
            "echo" => self.echo("hello", number.max(1) as usize).await?,
            "streams" => {
                let words: Vec<_> = (0..number).map(|i| format!("stream {i}")).collect();
                for done in join_all(words.iter().map(|word| self.echo(word, 500))).await {
                    done?;
                }
            }
            "half" => self.counted(HALF, number).await?,
            "sleep" => self.counted(SLEEP, number).await?,
            "reset" => {
                let mut stream = self.open(RESET).await?;
                stream.write_all(&[1]).await?;
                stream.flush().await?;
                // A reset reads as the end here; unlike behind an end nothing can be written.
                if stream.read(&mut [0]).await.is_ok_and(|n| n > 0) {
                    return Err("no reset, but bytes".into());
                }
                match stream.write_all(&[1]).await {
                    Ok(()) => return Err("no reset, but an end".into()),
                    Err(reset) => return Ok(format!("{:?}", reset.kind())),
                }
            }
            "upload" => self.transfer(number, 0).await?,
            "download" => self.transfer(0, number).await?,
            "parallel" => {
                let all = (0..PARALLEL).map(|_| self.transfer(number / PARALLEL, 0));
                for done in join_all(all).await {
                    done?;
                }
            }
            "connections" => {
                for _ in 0..number {
                    self.command(Command::Reconnect).await?;
                }
            }
            _ => return Err("no such scenario".into()),
        }
        Ok("-".into())
    }
}

fn fail(failure: Failure) -> ! {
    eprintln!("failed {failure}");
    std::process::exit(1);
}

#[tokio::main]
async fn main() {
    if let Err(failure) = run().await {
        fail(failure);
    }
}

async fn run() -> Result<(), Failure> {
    let mut security = "noise".to_string();
    let mut words = Vec::new();
    for word in std::env::args().skip(1) {
        match word.trim_start_matches('-').split_once('=') {
            Some(("security", value)) if words.is_empty() => security = value.into(),
            Some(("transport", "tcp")) if words.is_empty() => {}
            _ => words.push(word),
        }
    }
    let mut swarm = swarm(&security)?;
    let mut control = swarm.behaviour().stream.new_control();
    let wake = Arc::new(Notify::new());
    answer(&mut control, wake.clone());
    let (commands, taken) = mpsc::channel(1);
    let (seen, see) = watch::channel(Seen::default());
    match words.first().map(String::as_str) {
        Some("listen") => {
            swarm.listen_on("/ip4/127.0.0.1/tcp/0".parse()?)?;
            tokio::spawn(drive(swarm, taken, seen, None));
            let mut lines = tokio::io::BufReader::new(tokio::io::stdin()).lines();
            while let Some(line) = lines.next_line().await? {
                if line == "wake" {
                    wake.notify_waiters();
                }
            }
            drop(commands);
        }
        Some("dial") => {
            let address: Multiaddr = words.get(1).ok_or("dial ADDRESS")?.parse()?;
            let peer = address
                .iter()
                .find_map(|part| match part {
                    libp2p::multiaddr::Protocol::P2p(peer) => Some(peer),
                    _ => None,
                })
                .ok_or("an address with a peer")?;
            swarm.dial(address.clone())?;
            tokio::spawn(drive(swarm, taken, seen, Some((address, peer))));
            let mut asker = Asker { control, peer, commands, seen: see };
            asker.seen.wait_for(|s| s.connected > 0).await?;
            for scenario in &words[2..] {
                let (name, number) = scenario.split_once('=').unwrap_or((scenario, "0"));
                let started = Instant::now();
                let result = asker
                    .run(name, number.parse()?)
                    .await
                    .map_err(|failure| format!("{scenario}: {failure}"))?;
                println!("ok {scenario} {result} {}", started.elapsed().as_micros());
            }
        }
        _ => return Err("listen or dial".into()),
    }
    Ok(())
}
