package io.fairlead.pubsub.netty;

import java.util.List;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** A way to find out by asking what a subscription would tell. On one event loop. */
interface PollWork {
  /** The node that is asked. */
  interface Node {
    /**
     * @param then gets the result, or null and the error's text
     */
    void ask(String method, List<?> params, BiConsumer<@Nullable JsonNode, String> then);

    /** Passes an item on. */
    void tell(String subscription, JsonNode item);
  }

  /**
   * A new subscription.
   *
   * @param ready called when it is known what is news from then on
   * @return whether its kind can be asked for
   */
  boolean add(String id, JsonNode params, Runnable ready);

  boolean remove(String id);

  int size();

  /** Asks once around, and calls back when everything was answered. */
  void poll(Runnable done);
}
