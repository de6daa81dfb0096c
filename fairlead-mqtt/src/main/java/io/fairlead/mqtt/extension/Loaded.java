package io.fairlead.mqtt.extension;

import io.fairlead.core.meter.Meters;
import io.micrometer.core.instrument.Counter;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One instance of an extension, from its making to its end.
 *
 * <pre>
 * made    --start--> started  (it may be asked)
 * started --stop-->  stopped  (nobody asks it any more)
 * </pre>
 *
 * What it throws is counted, logged once in a while, and never passed on. Begun and ended by one
 * thread at a time; asked by any.
 */
final class Loaded {
  private static final Logger LOG = LoggerFactory.getLogger(Loaded.class);
  private static final long LOGGED_EVERY = 1000;

  private final String name;
  private final MqttExtension extension;
  private final Map<String, String> settings;
  private final String content;
  private final Duration deadline;
  private final Counter failures;
  private final Services services;
  private boolean started;
  private Offer offer = Offer.NOTHING;

  /**
   * @param content tells the files it is from from others; empty: none
   */
  Loaded(
      String name,
      MqttExtension extension,
      Map<String, String> settings,
      String content,
      Duration deadline,
      Meters meters,
      Function<Loaded, Services> services) {
    this.name = name;
    this.extension = extension;
    this.settings = settings;
    this.content = content;
    this.deadline = deadline;
    this.failures =
        meters.counter(
            "mqtt.extension.failures",
            "Questions that an extension answered with an exception, or not in time.",
            "extension",
            name);
    this.services = services.apply(this);
  }

  String name() {
    return name;
  }

  Map<String, String> settings() {
    return settings;
  }

  /** Whether one that is made of that would be another. */
  boolean differs(Map<String, String> nextSettings, String nextContent) {
    return !settings.equals(nextSettings) || !content.equals(nextContent);
  }

  /** What it offers; nothing before it has started. */
  Offer offer() {
    return offer;
  }

  boolean refuses() {
    return offer.refuses();
  }

  /**
   * Begins. Blocks.
   *
   * @throws Exception what it throws
   */
  void start() throws Exception {
    if (started) return;
    services.open();
    ClassLoader before = enter();
    try {
      extension.start(services);
      offer = Offer.of(extension);
    } catch (Exception | LinkageError failure) {
      services.close();
      throw failure;
    } finally {
      Thread.currentThread().setContextClassLoader(before);
    }
    started = true;
    MetricsSink sink = offer.measures();
    if (sink != null) services.tell(sink);
  }

  /** Ends. Blocks. */
  void stop() {
    if (!started) return;
    started = false;
    ClassLoader before = enter();
    try {
      extension.stop();
    } catch (RuntimeException | LinkageError failure) {
      failed(failure);
    } finally {
      Thread.currentThread().setContextClassLoader(before);
    }
    services.close();
  }

  /** Libraries look for their parts with the loader of the thread: with its own. */
  private @Nullable ClassLoader enter() {
    ClassLoader before = Thread.currentThread().getContextClassLoader();
    Thread.currentThread().setContextClassLoader(extension.getClass().getClassLoader());
    return before;
  }

  /** Asks it what it answers at once; it need not have an answer. */
  <T> T ask(Supplier<? extends T> question, Supplier<? extends T> instead) {
    try {
      T answer = question.get();
      if (answer == null) throw new NullPointerException("it answered null");
      return answer;
    } catch (RuntimeException | LinkageError | AssertionError | StackOverflowError failure) {
      failed(failure);
      return instead.get();
    }
  }

  /** Tells it something. */
  void tell(Runnable what) {
    try {
      what.run();
    } catch (RuntimeException | LinkageError | AssertionError | StackOverflowError failure) {
      failed(failure);
    }
  }

  /**
   * Asks it what it may take its time for.
   *
   * @param checked may throw when the answer is none
   * @param instead of an answer that fails, or does not come in time
   * @return does not fail
   */
  <T> CompletableFuture<T> askLater(
      Supplier<? extends CompletionStage<T>> question,
      UnaryOperator<T> checked,
      Supplier<? extends T> instead) {
    CompletableFuture<T> answer;
    try {
      answer = question.get().toCompletableFuture();
    } catch (RuntimeException | LinkageError | AssertionError | StackOverflowError failure) {
      answer = CompletableFuture.failedFuture(failure);
    }
    if (!answer.isDone())
      answer = answer.copy().orTimeout(deadline.toNanos(), TimeUnit.NANOSECONDS);
    return answer.handle(
        (said, failure) -> {
          try {
            if (failure != null) throw new CompletionException(failure);
            if (said == null) throw new NullPointerException("it answered null");
            return checked.apply(said);
          } catch (RuntimeException bad) {
            failed(bad instanceof CompletionException && failure != null ? failure : bad);
            return instead.get();
          }
        });
  }

  void failed(Throwable failure) {
    failures.increment();
    long count = (long) failures.count();
    if (count % LOGGED_EVERY != 1) return;
    LOG.atWarn()
        .addKeyValue("extension", name)
        .addKeyValue("failures", count)
        .addKeyValue("failure", failure.toString())
        .log("extension failed");
  }

  /**
   * What an extension offers, asked for once.
   *
   * @param refuses no counts where there is no answer
   */
  record Offer(
      boolean refuses,
      io.fairlead.mqtt.@Nullable MqttAuthenticator authenticates,
      List<io.fairlead.mqtt.EnhancedAuthenticator> methods,
      io.fairlead.mqtt.@Nullable MqttAuthorizer authorizes,
      @Nullable ConnectInterceptor connects,
      @Nullable PublishInterceptor publishes,
      @Nullable PublishReviewer reviewsPublishes,
      @Nullable SubscribeInterceptor subscribes,
      @Nullable SubscribeReviewer reviewsSubscribes,
      @Nullable WillInterceptor wills,
      @Nullable LifecycleListener listens,
      @Nullable GroupStrategy strategy,
      @Nullable MetricsSink measures) {
    static final Offer NOTHING =
        new Offer(
            true, null, List.of(), null, null, null, null, null, null, null, null, null, null);

    static Offer of(MqttExtension from) {
      return new Offer(
          from.onFailure() == MqttExtension.OnFailure.REFUSE,
          got(from.authenticates()),
          List.copyOf(from.methods()),
          got(from.authorizes()),
          got(from.connects()),
          got(from.publishes()),
          got(from.reviewsPublishes()),
          got(from.subscribes()),
          got(from.reviewsSubscribes()),
          got(from.wills()),
          got(from.listens()),
          got(from.strategy()),
          got(from.measures()));
    }

    private static <T> @Nullable T got(Optional<T> offered) {
      return offered.orElse(null);
    }
  }
}
