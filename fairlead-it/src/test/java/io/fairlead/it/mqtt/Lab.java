package io.fairlead.it.mqtt;

import io.fairlead.testkit.RawClient;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Where one run of a test takes place: a version, a transport, and names nobody else uses. */
final class Lab implements AutoCloseable {
  private final Brokers brokers;
  private final Version version;
  private final Transport transport;
  private final String prefix;
  private final List<Peer> peers = new ArrayList<>();

  Lab(Brokers brokers, Version version, Transport transport, String test) {
    this.brokers = brokers;
    this.version = version;
    this.transport = transport;
    // Unlike every other run's, and no longer than version 3.1.1 guarantees to take.
    this.prefix = "t" + Integer.toHexString((test + version + transport).hashCode());
  }

  Version version() {
    return version;
  }

  Transport transport() {
    return transport;
  }

  /** A client id or topic level of this run only. */
  String name(String suffix) {
    return prefix + suffix;
  }

  /** A topic below this run's own first level. */
  String topic(String below) {
    return prefix + "/" + below;
  }

  Connect client(String name) {
    return Connect.of(version, name(name));
  }

  /** A connection to the broker of most tests, over this run's transport. */
  Peer open() throws Exception {
    return open(brokers.usual(transport));
  }

  Peer open(Broker broker) throws Exception {
    return open(broker, version);
  }

  Peer open(Broker broker, Version spoken) throws Exception {
    RawClient tcp = RawClient.connect(broker.port(transport));
    Link link =
        switch (transport) {
          case TCP -> new Link.Plain(tcp);
          case WEBSOCKET -> WsLink.open(tcp, "/mqtt");
        };
    Peer peer = new Peer(link, spoken);
    peers.add(peer);
    return peer;
  }

  /** A clean connection under a name of this run. */
  Peer join(String name) throws Exception {
    Peer peer = open();
    peer.connect(client(name));
    return peer;
  }

  /** A connection of chosen fields. */
  Peer join(Connect connect) throws Exception {
    Peer peer = open();
    peer.connect(connect);
    return peer;
  }

  Brokers brokers() {
    return brokers;
  }

  @Override
  public void close() throws IOException {
    for (Peer peer : peers) peer.close();
  }

  @Override
  public String toString() {
    return version + " " + transport;
  }
}
