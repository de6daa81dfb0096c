package io.fairlead.proxy.stream;

import io.fairlead.core.config.ConfigException;
import io.fairlead.core.config.Prepared;
import io.fairlead.core.config.Reloadable;
import io.fairlead.core.lifecycle.Deadline;
import io.fairlead.core.lifecycle.Service;
import io.fairlead.net.dial.DatagramDialer;
import io.fairlead.net.dial.OwnAddresses;
import io.fairlead.net.http.HttpEdge;
import io.fairlead.net.listen.DatagramFace;
import io.fairlead.net.listen.Face;
import io.fairlead.net.upstream.StreamUpstreams;
import io.fairlead.proxy.stream.netty.DatagramStreams;
import io.fairlead.proxy.stream.netty.StreamExit;
import io.fairlead.proxy.stream.netty.StreamFace;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Every stream service of the process. Connections come in through {@link #face}; where they go
 * follows the configuration of now.
 *
 * <p>{@link #prepare} and what it returns belong to one thread; faces work on all event loops.
 */
public final class StreamService implements Service, Reloadable<Map<String, StreamConfig>> {
  private static final Logger log = LoggerFactory.getLogger(StreamService.class);

  private final StreamExit exit;
  private final Map<String, Entry> entries = new ConcurrentHashMap<>();
  private volatile Duration streamDrain = Duration.ofHours(1);

  private record Entry(LiveStreams live, Face face, DatagramFace datagrams) {}

  /**
   * @param upstreams groups of servers by name
   * @param egress the way to fixed destinations
   * @param datagrams the same for UDP
   * @param edge meets the clients of WebSocket bridges
   * @param own this process's listeners; the control port is refused as a destination
   */
  public StreamService(
      StreamUpstreams upstreams,
      StreamDialer egress,
      DatagramDialer datagrams,
      OwnAddresses own,
      StreamJournal journal,
      DatagramMeters datagramMeters,
      HttpEdge edge) {
    this.exit = new StreamExit(upstreams, egress, datagrams, own, journal, datagramMeters, edge);
  }

  @Override
  public String name() {
    return "streams";
  }

  /** Nothing to open: listeners bring the connections. */
  @Override
  public void start() {}

  /** Streams go on until the deadline; their listeners have stopped accepting before. */
  @Override
  public void drain(Deadline deadline) throws InterruptedException {
    exit.journal().awaitIdle(deadline);
  }

  @Override
  public void close() {
    entries.values().forEach(entry -> entry.live().cutAll("stopped"));
  }

  /** L4 streams open now. */
  public long flows() {
    return exit.journal().live();
  }

  /** How long streams go on whose way a later configuration removes. */
  public void streamDrain(Duration time) {
    streamDrain = time;
  }

  /**
   * The face of a service: the same object for as long as the process lives. It keeps the last
   * rules of a service that left the configuration.
   *
   * @throws IllegalArgumentException no configuration that was prepared names it
   */
  public Face face(String id) {
    return entry(id).face();
  }

  /** The same for UDP. */
  public DatagramFace datagrams(String id) {
    return entry(id).datagrams();
  }

  private Entry entry(String id) {
    Entry entry = entries.get(id);
    if (entry == null) {
      throw new IllegalArgumentException("streams: " + id + " (expected: a prepared id)");
    }
    return entry;
  }

  /** New services have their face from here on; those that run change at the commit. */
  @Override
  public Prepared prepare(Map<String, StreamConfig> next) throws ConfigException {
    Map<String, StreamRules> compiled = new LinkedHashMap<>();
    List<String> added = new ArrayList<>();
    next.forEach(
        (id, config) -> {
          StreamRules rules = new StreamRules(config);
          compiled.put(id, rules);
          LiveStreams live = new LiveStreams(id, rules);
          Entry entry =
              new Entry(live, new StreamFace(live, exit), new DatagramStreams(live, exit));
          if (entries.putIfAbsent(id, entry) == null) added.add(id);
        });
    return new Prepared() {
      @Override
      public void commit() {
        adopt(compiled);
      }

      @Override
      public void discard() {
        added.forEach(entries::remove);
      }
    };
  }

  /** Upstreams have changed before. */
  private void adopt(Map<String, StreamRules> compiled) {
    int cut = 0;
    int retired = 0;
    for (Map.Entry<String, Entry> each : entries.entrySet()) {
      LiveStreams live = each.getValue().live();
      StreamRules rules = compiled.get(each.getKey());
      if (rules != null && rules != live.rules()) cut += live.replace(rules);
      retired += live.retire(rules == null, exit.upstreams(), streamDrain);
    }
    if (cut > 0) log.atInfo().addKeyValue("streams", cut).log("streams forbidden");
    if (retired > 0) log.atInfo().addKeyValue("streams", retired).log("streams drain");
  }
}
