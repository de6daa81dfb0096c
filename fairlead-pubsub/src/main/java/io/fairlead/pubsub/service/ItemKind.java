package io.fairlead.pubsub.service;

import io.fairlead.pubsub.Json;
import io.fairlead.pubsub.JsonSlice;
import io.fairlead.pubsub.PubSubException;
import java.util.Locale;
import tools.jackson.databind.JsonNode;

/** What a subscription tells, for its meter. */
enum ItemKind {
  NEW_HEADS,
  LOGS,
  PENDING_TRANSACTIONS,
  SYNCING,
  /** Of a method of the user's own. */
  OTHER;

  /** By the subscribing request. */
  static ItemKind of(String method, JsonSlice params) {
    if (!method.equals("eth_subscribe")) return OTHER;
    JsonNode tree;
    try {
      tree = Json.tree(params);
    } catch (PubSubException.DecodeError _) {
      return OTHER; // the server will say so
    }
    return switch (tree.path(0).asString("")) {
      case "newHeads" -> NEW_HEADS;
      case "logs" -> LOGS;
      case "newPendingTransactions" -> PENDING_TRANSACTIONS;
      case "syncing" -> SYNCING;
      default -> OTHER;
    };
  }

  String label() {
    return name().toLowerCase(Locale.ROOT);
  }
}
