import io.fairlead.pubsub.ChainIdentity;
import io.fairlead.pubsub.Decoders;
import io.fairlead.pubsub.JsonSlice;
import io.fairlead.pubsub.LagPolicy;
import io.fairlead.pubsub.PubSub;
import io.fairlead.pubsub.PubSubFrontend;
import io.fairlead.pubsub.RawSubscription;
import io.fairlead.pubsub.ServiceSettings;
import io.fairlead.pubsub.SubscribeRequest;
import io.fairlead.pubsub.WsConnector;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/** Counts what a subscription tells: PubSubStream URL WARM-UP ITEMS. */
final class PubSubStream {
  public static void main(String[] args) throws Exception {
    long warmUp = Long.parseLong(args[1]);
    long items = Long.parseLong(args[2]);
    try (PubSubFrontend frontend =
            PubSub.builder()
                .connector(WsConnector.of(args[0]))
                .identity(ChainIdentity.UNASKED)
                .settings(ServiceSettings.DEFAULT.heads(false))
                .connect();
        RawSubscription told =
            frontend
                .subscribe(
                    SubscribeRequest.custom(
                            "eth_subscribe",
                            "eth_unsubscribe",
                            List.of("logs", Map.of()),
                            Decoders.slice())
                        .onLag(LagPolicy.BLOCK))
                .raw()) {
      long seen = 0;
      long begun = 0;
      long cpu = 0;
      while (true) {
        JsonSlice item = told.recv();
        if (item.length() == 5) break;
        if (++seen == warmUp) {
          begun = System.nanoTime();
          cpu = ticks();
        }
      }
      long micros = (System.nanoTime() - begun) / 1000;
      System.out.println(
          "items %d micros %d ticks %d lost %d"
              .formatted(seen - warmUp, micros, ticks() - cpu, warmUp + items - seen));
    }
  }

  private static long ticks() throws IOException {
    String stat = Files.readString(Path.of("/proc/self/stat"));
    String[] fields = stat.substring(stat.lastIndexOf(')') + 2).split(" ");
    return Long.parseLong(fields[11]) + Long.parseLong(fields[12]);
  }
}
