package io.fairlead.libp2p.host;

import io.fairlead.libp2p.key.PrivateKey;
import io.fairlead.libp2p.secure.Noise;
import io.fairlead.libp2p.secure.SecureMeters;
import io.fairlead.libp2p.secure.SecureProtocol;
import io.fairlead.libp2p.secure.Tls;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.Executor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Runs agreements and signatures beside the event loops, one thread a core. At most 1,024 wait;
 * more are rejected, which ends their handshakes. Any thread.
 */
final class CryptoThreads implements Executor, AutoCloseable {
  private static final int WAITING_MAX = 1024;

  private final ThreadPoolExecutor pool;

  CryptoThreads() {
    int threads = Runtime.getRuntime().availableProcessors();
    this.pool =
        new ThreadPoolExecutor(
            threads,
            threads,
            10,
            TimeUnit.SECONDS,
            new ArrayBlockingQueue<>(WAITING_MAX),
            task -> Thread.ofPlatform().daemon().name("libp2p-crypto").unstarted(task));
    pool.allowCoreThreadTimeOut(true);
  }

  /** The ways to secure connections, computed here. */
  static List<SecureProtocol> securities(
      PrivateKey identity,
      List<HostSettings.Security> preferredFirst,
      HostEnvironment environment,
      CryptoThreads threads) {
    SecureMeters meters = new SecureMeters(environment.meters());
    List<SecureProtocol> securities = new ArrayList<>();
    for (HostSettings.Security security : preferredFirst) {
      securities.add(
          switch (security) {
            case NOISE -> new Noise(identity, threads, meters);
            case TLS ->
                new Tls(identity, environment.clock(), environment.randomness(), threads, meters);
          });
    }
    return securities;
  }

  @Override
  public void execute(Runnable task) {
    pool.execute(task);
  }

  @Override
  public void close() {
    pool.shutdownNow();
  }
}
