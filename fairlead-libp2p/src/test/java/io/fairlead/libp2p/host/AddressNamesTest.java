package io.fairlead.libp2p.host;

import static io.fairlead.libp2p.PeerSamples.address;
import static io.fairlead.libp2p.PeerSamples.addresses;
import static io.fairlead.libp2p.PeerSamples.peer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.fairlead.libp2p.address.Multiaddr;
import io.fairlead.net.dial.NameResolver;
import io.netty.channel.DefaultEventLoop;
import io.netty.channel.EventLoop;
import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class AddressNamesTest {
  private static final String A = "/p2p/" + peer(1);
  private static final String B = "/p2p/" + peer(2);

  private final Map<String, List<String>> texts = new HashMap<>();
  private final List<String> asked = new ArrayList<>();
  private final EventLoop loop = new DefaultEventLoop();
  private final AddressNames names = new AddressNames(new Records());

  private final class Records implements NameResolver {
    @Override
    public CompletionStage<List<InetAddress>> resolve(String host, EventLoop loop) {
      return host.equals("host.test")
          ? CompletableFuture.completedFuture(List.of(InetAddress.ofLiteral("192.0.2.9")))
          : CompletableFuture.failedFuture(new UnknownHostException(host));
    }

    @Override
    public CompletionStage<List<String>> texts(String name, EventLoop loop) {
      asked.add(name);
      List<String> known = texts.get(name);
      return known == null
          ? CompletableFuture.failedFuture(new UnknownHostException(name))
          : CompletableFuture.completedFuture(known);
    }

    @Override
    public void close() {}
  }

  @AfterEach
  void close() {
    loop.shutdownGracefully();
  }

  private List<Multiaddr> resolved(String text) {
    return names.resolve(address(text), loop).toCompletableFuture().join();
  }

  @Test
  void aListOfAddressesIsTheTextsBelowTheName() {
    texts.put(
        "_dnsaddr.boot.test",
        List.of(
            "dnsaddr=/ip4/192.0.2.1/tcp/4001" + A,
            "dnsaddr=/dns4/host.test/tcp/4001" + A,
            "dnsaddr=/ip4/192.0.2.2/tcp/4001" + B,
            "dnsaddr=/no-such-protocol/1" + A,
            "dnsaddr=",
            "v=spf1 -all"));
    assertThat(resolved("/dnsaddr/boot.test" + A))
        .isEqualTo(addresses("/ip4/192.0.2.1/tcp/4001" + A, "/ip4/192.0.2.9/tcp/4001" + A));
    assertThat(resolved("/dnsaddr/boot.test")).hasSize(3);
  }

  @Test
  void aListMayNameLists() {
    texts.put("_dnsaddr.boot.test", List.of("dnsaddr=/dnsaddr/one.boot.test" + A));
    texts.put("_dnsaddr.one.boot.test", List.of("dnsaddr=/ip6/2001:db8::1/tcp/1" + A));
    assertThat(resolved("/dnsaddr/boot.test" + A))
        .isEqualTo(addresses("/ip6/2001:db8::1/tcp/1" + A));
  }

  @Test
  void oneListThatFailsLeavesTheOthers() {
    texts.put(
        "_dnsaddr.boot.test",
        List.of("dnsaddr=/dnsaddr/gone.test" + A, "dnsaddr=/ip4/192.0.2.1/tcp/1" + A));
    assertThat(resolved("/dnsaddr/boot.test" + A)).hasSize(1);
  }

  @Test
  void listsThatNameThemselvesEnd() {
    texts.put(
        "_dnsaddr.loop.test", List.of("dnsaddr=/dnsaddr/loop.test", "dnsaddr=/dnsaddr/loop.test"));
    assertThatThrownBy(() -> resolved("/dnsaddr/loop.test"))
        .hasCauseInstanceOf(UnknownHostException.class);
    assertThat(asked).hasSizeLessThanOrEqualTo(16);
  }

  @Test
  void aListIsCutWhereItIsTooLong() {
    List<String> many = new ArrayList<>();
    for (int i = 0; i < 200; i++) many.add("dnsaddr=/ip4/192.0.2.1/tcp/" + (i + 1));
    texts.put("_dnsaddr.many.test", many);
    assertThat(resolved("/dnsaddr/many.test")).hasSize(64);
  }

  @Test
  void aNameWithoutAddressesOfThatPeerFails() {
    texts.put("_dnsaddr.boot.test", List.of("dnsaddr=/ip4/192.0.2.2/tcp/4001" + B));
    for (String text : List.of("/dnsaddr/boot.test" + A, "/dnsaddr/nobody.test" + A)) {
      assertThatThrownBy(() -> resolved(text)).hasCauseInstanceOf(UnknownHostException.class);
    }
  }
}
