package io.fairlead.proxy.netty;

import io.fairlead.net.http.HttpBounds;
import io.fairlead.net.http.HttpSettings;
import io.fairlead.net.http.HttpTimes;
import io.fairlead.net.listen.Face;
import io.fairlead.net.live.LiveConnection;
import io.fairlead.proxy.ForwardConfig;
import io.fairlead.proxy.HttpEngine;
import io.fairlead.proxy.forward.ForwardRules;
import io.fairlead.proxy.forward.ForwardService;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;

/**
 * The mixed port as a listener shows it. One for each service for as long as the process lives;
 * what it decides by is read from the service when it is needed.
 */
public final class ProxyFace implements Face {
  private final ForwardService service;
  private final Gate gate;
  private final HttpEngine http;
  private final ProxyRequests requests;

  public ProxyFace(ForwardService service, Gate gate, HttpEngine http) {
    this.service = service;
    this.gate = gate;
    this.http = http;
    this.requests = new ProxyRequests(service, gate, http.forwarder(), http.fallback());
  }

  @Override
  public void attach(Channel channel, LiveConnection connection) {
    ProtocolSniffer sniffer =
        new ProtocolSniffer(
            service.rules().config().timeouts().detect(),
            (protocol, context, bytes) -> enter(protocol, context, connection, bytes));
    channel.pipeline().addLast("sniffer", sniffer);
  }

  /** Takes ownership of {@code bytes}; the sniffer has left the pipeline. */
  private void enter(
      FirstBytes protocol,
      ChannelHandlerContext context,
      LiveConnection connection,
      ByteBuf bytes) {
    Channel channel = context.channel();
    ForwardRules rules = service.rules();
    switch (protocol) {
      case SOCKS5 -> {
        connection.kind("socks5");
        enterSocks(channel, SocksHandler.version5(service, gate, connection), bytes);
      }
      case SOCKS4 -> {
        connection.kind("socks4");
        enterSocks(channel, SocksHandler.version4(service, gate, connection), bytes);
      }
      case HTTP -> {
        connection.kind("http");
        http.edge().attach(channel, connection, settings(rules.config()), requests, bytes);
      }
      case MORE, UNKNOWN -> {
        bytes.release();
        gate.journal().undetected(protocol == FirstBytes.MORE);
        channel.close();
      }
    }
  }

  private static void enterSocks(Channel channel, SocksHandler handler, ByteBuf bytes) {
    channel.pipeline().addLast("socks", handler);
    handler.begin(bytes);
  }

  private static HttpSettings settings(ForwardConfig config) {
    HttpSettings d = HttpSettings.DEFAULTS;
    HttpBounds bounds = config.limits().http();
    HttpTimes times = config.timeouts().client();
    return new HttpSettings(
        bounds.line(),
        bounds.head(),
        bounds.field(),
        bounds.fields(),
        config.timeouts().handshake(),
        d.firstRequestTimeout(),
        times.keepAlive(),
        times.bodyIdle(),
        bounds.body(),
        times.writeStall(),
        bounds.requests(),
        bounds.pace(),
        true,
        d.underscoreFields(),
        d.strictAuthority(),
        d.answerFields(),
        config.http2(),
        bounds.chunks());
  }
}
