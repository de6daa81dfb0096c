package io.fairlead.app;

import io.fairlead.app.accesslog.AccessLogCodes;
import io.fairlead.app.config.GatewayCodes;
import io.fairlead.app.convert.ConvertCodes;
import io.fairlead.control.ControlCodes;
import io.fairlead.core.config.Code;
import io.fairlead.core.config.Codes;
import io.fairlead.http.HttpCodes;
import io.fairlead.mqtt.MqttCodes;
import io.fairlead.mqtt.rocksdb.StoreCodes;
import io.fairlead.net.NetCodes;
import io.fairlead.proxy.ForwardConfig;
import io.fairlead.registry.RegistryCodes;
import io.fairlead.relay.RelayCodes;
import io.fairlead.tunnel.TunnelCodes;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/** Every diagnostic the program can print, for {@code fairlead help CODE}. */
final class DiagnosticCodes {
  private DiagnosticCodes() {}

  /** In the order of their ids. */
  static List<Code> all() {
    return Stream.of(
            Codes.engine(),
            GatewayCodes.ALL,
            ConvertCodes.ALL,
            AccessLogCodes.ALL,
            HttpCodes.all(),
            ControlCodes.all(),
            List.of(ForwardConfig.OPEN_PROXY),
            NetCodes.all(),
            StoreCodes.all(),
            MqttCodes.all(),
            RegistryCodes.all(),
            TunnelCodes.all(),
            RelayCodes.all())
        .flatMap(List::stream)
        .sorted(Comparator.comparing(Code::id))
        .toList();
  }
}
