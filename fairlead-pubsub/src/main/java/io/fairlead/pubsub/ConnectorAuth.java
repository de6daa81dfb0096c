package io.fairlead.pubsub;

import io.fairlead.core.unit.Secret;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;

/**
 * What a connector shows to a server: fields, and a token made anew for each connection. Prints
 * nothing of it.
 *
 * @param fields by name
 * @param bearer gives a token for {@code Authorization}
 */
public record ConnectorAuth(Map<String, Secret> fields, Optional<Supplier<Secret>> bearer) {
  public static final ConnectorAuth NONE = new ConnectorAuth(Map.of(), Optional.empty());

  public ConnectorAuth {
    fields = Map.copyOf(fields);
  }

  public ConnectorAuth field(String name, Secret value) {
    Map<String, Secret> next = new LinkedHashMap<>(fields);
    next.put(name, value);
    return new ConnectorAuth(next, bearer);
  }

  public ConnectorAuth bearer(Supplier<Secret> next) {
    return new ConnectorAuth(fields, Optional.of(next));
  }

  /** The fields of one connection. */
  public Map<String, Secret> fields(EndpointUrl url) {
    Map<String, Secret> all = new LinkedHashMap<>();
    url.authorization().ifPresent(user -> all.put("Authorization", user));
    all.putAll(fields);
    bearer.ifPresent(
        token -> all.put("Authorization", Secret.of("Bearer " + token.get().reveal())));
    return all;
  }

  @Override
  public String toString() {
    return fields.keySet() + (bearer.isPresent() ? "+bearer" : "");
  }
}
