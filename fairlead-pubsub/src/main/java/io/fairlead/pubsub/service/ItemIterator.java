package io.fairlead.pubsub.service;

import io.fairlead.pubsub.PubSubException;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Spliterator;
import java.util.Spliterators;
import java.util.function.LongConsumer;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.jspecify.annotations.Nullable;

/**
 * Items one after the other until the subscription ends; what was dropped between them is told to a
 * listener. An interrupt ends it, too, and stays set. One thread.
 */
final class ItemIterator<T> implements Iterator<T> {
  /** Waits for an item. */
  @FunctionalInterface
  interface Source<T> {
    T recv() throws InterruptedException;
  }

  private final Source<T> source;
  private final LongConsumer lagged;
  private @Nullable T next;
  private boolean over;

  ItemIterator(Source<T> source, LongConsumer lagged) {
    this.source = source;
    this.lagged = lagged;
  }

  static <T> Stream<T> stream(Iterator<T> items) {
    return StreamSupport.stream(
        Spliterators.spliteratorUnknownSize(items, Spliterator.ORDERED | Spliterator.NONNULL),
        false);
  }

  @Override
  public boolean hasNext() {
    while (next == null && !over) {
      try {
        next = source.recv();
      } catch (PubSubException.Lagged missing) {
        lagged.accept(missing.missed());
      } catch (PubSubException.SubscriptionEnded _) {
        over = true;
      } catch (InterruptedException _) {
        Thread.currentThread().interrupt();
        over = true;
      }
    }
    return next != null;
  }

  @Override
  public T next() {
    if (!hasNext()) throw new NoSuchElementException();
    T item = next;
    next = null;
    if (item == null) throw new NoSuchElementException();
    return item;
  }
}
