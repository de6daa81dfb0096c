package io.fairlead.http;

import io.fairlead.core.config.Codes;
import io.fairlead.core.config.ConfigType;
import io.fairlead.core.config.RecordType;
import io.fairlead.core.config.ReloadClass;
import io.fairlead.core.config.Types;
import io.fairlead.http.rate.RequestRate;
import io.fairlead.http.rate.ZoneConfig;
import io.fairlead.http.rate.ZoneConfig.Excess;
import io.fairlead.http.rate.Zones;
import io.fairlead.http.route.Template;

/** How the section {@code zones} is read. */
public final class ZoneTypes {
  private static final ConfigType<RequestRate> RATE =
      Types.string()
          .matching(RequestRate.FORM, "a rate such as 1000/s, 10/m or 5/h")
          .mapped(Codes.BAD_RATE, RequestRate::parse, RequestRate::toString);

  /** How one is read. */
  static final RecordType<ZoneConfig> ZONE =
      RecordType.define(
          "Zone",
          "a rate of requests, for each value of a key",
          ReloadClass.LIVE,
          f -> {
            var key =
                f.key(
                        "key",
                        Types.string()
                            .mapped(HttpCodes.BAD_TEMPLATE, Template::parse, Template::toString),
                        "Requests with the same value share the rate. `{client_net}` is the IPv4"
                            + " address, or the /64 of an IPv6 address.")
                    .example("\"{client_net}\"")
                    .required();
            var rate =
                f.key("rate", RATE, "Requests in a second, minute or hour.")
                    .example("1000/s")
                    .required();
            var burst =
                f.key(
                        "burst",
                        Types.integer().between(0, 1_000_000),
                        "Requests that may come before they are due.")
                    .orElse(0);
            var excess =
                f.key(
                        "excess",
                        Types.choice(Excess.class),
                        "Whether those within the burst pass at once (`reject`: only what is beyond"
                            + " is held off) or wait until they are due (`delay`).")
                    .orElse(Excess.REJECT);
            var maxKeys =
                f.key(
                        "max_keys",
                        Types.integer().between(1, 10_000_000),
                        "Keys remembered; one more makes it forget the one not seen for the longest"
                            + " time.")
                    .orElse(100_000);
            return v ->
                new ZoneConfig(
                    v.get(key), v.get(rate), v.get(burst), v.get(excess), v.get(maxKeys));
          });

  /** The section. */
  public static final ConfigType<Zones.Config> SECTION =
      Types.mapOf(ZONE).mapped(Codes.UNFIT, Zones.Config::new, Zones.Config::zones);

  private ZoneTypes() {}
}
