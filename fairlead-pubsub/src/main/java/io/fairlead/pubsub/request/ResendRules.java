package io.fairlead.pubsub.request;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;

/** Which methods may be sent again. Immutable. */
public final class ResendRules {
  /** The usual nodes' methods; what is not known is not sent again. */
  public static final ResendRules DEFAULT = new ResendRules(Map.of());

  private static final Set<String> UNSAFE =
      Set.of(
          "eth_sendTransaction",
          "eth_sign",
          "eth_signTransaction",
          "eth_signTypedData",
          "eth_signTypedData_v4",
          "eth_submitWork",
          "eth_submitHashrate",
          "eth_newFilter",
          "eth_newBlockFilter",
          "eth_newPendingTransactionFilter",
          "eth_uninstallFilter",
          "eth_getFilterChanges",
          "eth_subscribe",
          "eth_unsubscribe");
  private static final String[] SAFE_PREFIXES = {
    "eth_", "net_", "web3_", "debug_trace", "txpool_", "rpc_"
  };

  private final Map<String, ResendClass> own;

  private ResendRules(Map<String, ResendClass> own) {
    this.own = Map.copyOf(own);
  }

  /** The same with a rule for one method, or for a prefix that ends with {@code *}. */
  public ResendRules with(String method, ResendClass rule) {
    Map<String, ResendClass> next = new LinkedHashMap<>(own);
    next.put(method, rule);
    return new ResendRules(next);
  }

  public ResendClass of(String method) {
    ResendClass exact = own.get(method);
    if (exact != null) return exact;
    for (Map.Entry<String, ResendClass> each : own.entrySet()) {
      String pattern = each.getKey();
      if (pattern.endsWith("*") && method.startsWith(pattern.substring(0, pattern.length() - 1)))
        return each.getValue();
    }
    if (method.equals("eth_sendRawTransaction")) return ResendClass.HASHED;
    if (UNSAFE.contains(method)) return ResendClass.UNSAFE;
    for (String prefix : SAFE_PREFIXES) {
      if (method.startsWith(prefix)) return ResendClass.SAFE;
    }
    return ResendClass.UNSAFE;
  }
}
