package io.fairlead.pubsub.request;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/** Which methods subscribe, and which end what they began. Immutable. */
public final class SubscribeMethods {
  /** The conventions of the usual servers. */
  public static final SubscribeMethods DEFAULT = new SubscribeMethods(Map.of());

  private static final String SUFFIX = "_subscribe";
  private static final String CAMEL = "Subscribe";

  private final Map<String, String> own;

  private SubscribeMethods(Map<String, String> own) {
    this.own = Map.copyOf(own);
  }

  /** The same with one more pair. */
  public SubscribeMethods custom(String subscribe, String unsubscribe) {
    Map<String, String> next = new LinkedHashMap<>(own);
    next.put(subscribe, unsubscribe);
    return new SubscribeMethods(next);
  }

  /** The method that unsubscribes; empty when this one does not subscribe. */
  public Optional<String> unsubscribe(String method) {
    String given = own.get(method);
    if (given != null) return Optional.of(given);
    if (method.equals("admin_peerEvents")) return Optional.of("admin_peerEvents_unsubscribe");
    if (method.endsWith(SUFFIX))
      return Optional.of(method.substring(0, method.length() - SUFFIX.length()) + "_unsubscribe");
    int underscore = method.indexOf("_subscribe");
    if (underscore > 0
        && underscore + SUFFIX.length() < method.length()
        && Character.isUpperCase(method.charAt(underscore + SUFFIX.length())))
      return Optional.of(
          method.substring(0, underscore)
              + "_unsubscribe"
              + method.substring(underscore + SUFFIX.length()));
    if (method.endsWith(CAMEL) && !method.endsWith("Unsubscribe"))
      return Optional.of(method.substring(0, method.length() - CAMEL.length()) + "Unsubscribe");
    return Optional.empty();
  }
}
