package io.fairlead.tunnel;

import io.fairlead.core.config.Codes;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.Types;
import io.fairlead.net.chain.ProxyHop;
import java.util.Optional;

/** How the key {@code proxy} of an agent is read. */
final class ProxyTypes {
  static final RecordType<ProxyHop> PROXY =
      RecordType.define(
          "TunnelProxy",
          "the proxy through which an agent reaches its servers",
          f -> {
            var type =
                f.key("type", Types.choice(ProxyHop.Kind.class), "What it speaks; http = CONNECT.")
                    .orElse(ProxyHop.Kind.HTTP);
            var address =
                f.key("address", Types.hostPort(), "Where it listens.")
                    .example("proxy.example.org:3128")
                    .required();
            var user =
                f.key(
                        "user",
                        Types.string().matching("[^:]{1,255}", "a name without a colon"),
                        "The agent's account there.")
                    .optional();
            var password = f.key("password", Types.secret(), "Its password.").optional();
            f.check(
                (v, checks) -> {
                  if (v.get(user).isPresent() != v.get(password).isPresent()) {
                    checks.error(user, Codes.UNFIT, "an account needs both", "give both");
                  }
                });
            return v ->
                new ProxyHop(
                    v.get(address).toString(),
                    v.get(type),
                    v.get(address),
                    Optional.empty(),
                    v.get(user)
                        .flatMap(
                            name -> v.get(password).map(word -> new ProxyHop.Login(name, word))),
                    Optional.empty());
          });

  private ProxyTypes() {}
}
