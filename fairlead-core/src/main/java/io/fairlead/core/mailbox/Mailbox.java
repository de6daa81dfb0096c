package io.fairlead.core.mailbox;

import java.time.Duration;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A bounded inbox emptied by one virtual thread: the owner of control-plane state. {@link #offer}
 * never blocks; a full inbox answers {@code false} and the caller decides what that means.
 *
 * @param <I> the messages it takes
 */
public final class Mailbox<I> implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(Mailbox.class);

  private final String name;
  private final BlockingQueue<I> inbox;
  private final Consumer<? super I> owner;
  private final Thread thread;
  private final Duration rest;
  private volatile boolean closed;

  /**
   * Starts the owner thread.
   *
   * @param capacity messages held at most
   * @param owner handles one message at a time; what it throws is logged and the next is handled
   */
  public static <I> Mailbox<I> start(String name, int capacity, Consumer<? super I> owner) {
    return start(name, capacity, Duration.ZERO, owner);
  }

  /**
   * Starts an owner thread that is in no hurry: when it has emptied its inbox it rests, so that
   * senders of many messages need not wake it for each.
   *
   * @param rest how late a message may be handled that comes after another
   */
  public static <I> Mailbox<I> start(
      String name, int capacity, Duration rest, Consumer<? super I> owner) {
    Mailbox<I> mailbox = new Mailbox<>(name, capacity, rest, owner);
    mailbox.thread.start();
    return mailbox;
  }

  private Mailbox(String name, int capacity, Duration rest, Consumer<? super I> owner) {
    this.name = name;
    this.inbox = new ArrayBlockingQueue<>(capacity);
    this.owner = owner;
    this.rest = rest;
    this.thread = Thread.ofVirtual().name("mailbox-" + name).unstarted(this::run);
  }

  /** Queues a message; {@code false} when the inbox is full or closed. Any thread. */
  public boolean offer(I input) {
    return !closed && inbox.offer(input);
  }

  /** Messages waiting. */
  public int depth() {
    return inbox.size();
  }

  /** True on the owner thread. */
  public boolean owns() {
    return Thread.currentThread() == thread;
  }

  /** Stops after the message in hand; what still waits is dropped. Idempotent, any thread. */
  @Override
  public void close() {
    closed = true;
    thread.interrupt();
  }

  private void run() {
    while (!closed) {
      I input;
      try {
        input = inbox.take();
      } catch (InterruptedException _) {
        return; // closed; nobody else interrupts this thread
      }
      try {
        owner.accept(input);
      } catch (RuntimeException failure) {
        log.atError().addKeyValue("mailbox", name).setCause(failure).log("message failed");
      }
      // Interrupted by close, it returns at once, and so does what it waits for next.
      if (rest.isPositive() && inbox.isEmpty()) LockSupport.parkNanos(this, rest.toNanos());
    }
  }
}
