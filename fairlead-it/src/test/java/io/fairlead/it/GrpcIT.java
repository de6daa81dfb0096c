package io.fairlead.it;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import io.grpc.CallOptions;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.shaded.io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.shaded.io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** gRPC's own client and server for Java, with us between them. */
class GrpcIT {
  private static final Metadata.Key<String> NOTE =
      Metadata.Key.of("note", Metadata.ASCII_STRING_MARSHALLER);

  private static final MethodDescriptor<String, String> ECHO = method("echo", MethodType.UNARY);
  private static final MethodDescriptor<String, String> COUNT =
      method("count", MethodType.SERVER_STREAMING);
  private static final MethodDescriptor<String, String> CHAT =
      method("chat", MethodType.BIDI_STREAMING);
  private static final MethodDescriptor<String, String> FAIL = method("fail", MethodType.UNARY);
  private static final MethodDescriptor<String, String> SLEEP = method("sleep", MethodType.UNARY);

  private static Server server;
  private static GatewayFixture gateway;
  private static ManagedChannel channel;

  @BeforeAll
  static void start() throws Exception {
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress("127.0.0.1", 0))
            .addService(
                ServerServiceDefinition.builder("it")
                    .addMethod(ECHO, ServerCalls.asyncUnaryCall(GrpcIT::echo))
                    .addMethod(COUNT, ServerCalls.asyncServerStreamingCall(GrpcIT::count))
                    .addMethod(CHAT, ServerCalls.asyncBidiStreamingCall(GrpcIT::chat))
                    .addMethod(FAIL, ServerCalls.asyncUnaryCall(GrpcIT::fail))
                    .addMethod(SLEEP, ServerCalls.asyncUnaryCall((_, _) -> {}))
                    .build())
            .build()
            .start();
    gateway =
        GatewayFixture.start(
            """
            listeners:
              rpc: { bind: "127.0.0.1:0", proto: http, service: site, h2c: true }
            http:
              site:
                routes:
                  - { match: { path: /it/* }, upstream: rpc }
                  - { match: { path: /gone/* }, upstream: gone }
            upstreams:
              rpc: { endpoints: [ { url: "http://127.0.0.1:@UP@" } ], protocol: h2c }
              gone: { endpoints: [ { url: "http://127.0.0.1:1" } ], protocol: h2c }
            """
                .replace("@UP@", Integer.toString(server.getPort())));
    channel =
        NettyChannelBuilder.forAddress("127.0.0.1", gateway.port("rpc")).usePlaintext().build();
  }

  @AfterAll
  static void stop() throws Exception {
    if (channel != null) channel.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
    if (gateway != null) gateway.close();
    if (server != null) server.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
  }

  @Test
  void callsReturn() {
    assertThat(call(ECHO, "hello")).isEqualTo("hello");
    String long1 = "x".repeat(1_000_000);
    assertThat(call(ECHO, long1)).isEqualTo(long1);
  }

  @Test
  void streamsFlow() {
    Iterator<String> numbers =
        ClientCalls.blockingServerStreamingCall(channel, COUNT, options(), "500");
    List<String> got = new ArrayList<>();
    numbers.forEachRemaining(got::add);
    assertThat(got).hasSize(500).startsWith("0").endsWith("499");
  }

  @Test
  void callsAndStreamsPassThroughATunnel() throws Exception {
    String sites =
        """
        listeners:
          web: { bind: 127.0.0.1:0, proto: http, service: web, h2c: true }
        http:
          web: { default: true, routes: [ { id: r, match: { path: /* }, respond: { status: 404 } } ] }
        """;
    try (TunnelLab lab = TunnelLab.start("http: web, url: \"http://gw.test\"", sites)) {
      lab.agent(
          "box",
          "name: rpc, type: http, h2c: true, destination: \"127.0.0.1:" + server.getPort() + "\"");
      lab.awaitReport("http://box.gw.test");
      ManagedChannel through =
          NettyChannelBuilder.forAddress("127.0.0.1", lab.server().port("web"))
              .overrideAuthority("box.gw.test")
              .usePlaintext()
              .build();
      try {
        String large = "y".repeat(500_000);
        assertThat(ClientCalls.blockingUnaryCall(through, ECHO, options(), large)).isEqualTo(large);
        List<String> got = new ArrayList<>();
        ClientCalls.blockingServerStreamingCall(through, COUNT, options(), "300")
            .forEachRemaining(got::add);
        assertThat(got).hasSize(300).endsWith("299");
        StatusRuntimeException failure =
            catchThrowableOfType(
                StatusRuntimeException.class,
                () -> ClientCalls.blockingUnaryCall(through, FAIL, options(), "x"));
        assertThat(failure.getTrailers().get(NOTE)).isNotNull();
        bothTalk(through);
      } finally {
        through.shutdownNow().awaitTermination(5, TimeUnit.SECONDS);
      }
    }
  }

  @Test
  void bothSidesTalkAtOnce() throws Exception {
    bothTalk(channel);
  }

  private static void bothTalk(ManagedChannel channel) throws Exception {
    LinkedBlockingQueue<String> heard = new LinkedBlockingQueue<>();
    StreamObserver<String> say =
        ClientCalls.asyncBidiStreamingCall(
            channel.newCall(CHAT, options()),
            new StreamObserver<>() {
              @Override
              public void onNext(String value) {
                heard.add(value);
              }

              @Override
              public void onError(Throwable failure) {
                heard.add("failed: " + failure);
              }

              @Override
              public void onCompleted() {
                heard.add("end");
              }
            });
    for (int i = 0; i < 20; i++) {
      say.onNext("m" + i);
      assertThat(heard.poll(20, TimeUnit.SECONDS))
          .isEqualTo("re: m" + i); // before the next is said
    }
    say.onCompleted();
    assertThat(heard.poll(20, TimeUnit.SECONDS)).isEqualTo("end");
  }

  @Test
  void aServersErrorArrivesWithItsTrailers() {
    StatusRuntimeException failure =
        catchThrowableOfType(StatusRuntimeException.class, () -> call(FAIL, "why"));
    assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
    assertThat(failure.getStatus().getDescription()).isEqualTo("not today: why");
    assertThat(failure.getTrailers().get(NOTE)).isEqualTo("kept");
  }

  @Test
  void anUpstreamThatIsGoneIsUnavailable() {
    MethodDescriptor<String, String> gone = ECHO.toBuilder().setFullMethodName("gone/echo").build();
    StatusRuntimeException failure =
        catchThrowableOfType(StatusRuntimeException.class, () -> call(gone, "x"));
    assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
  }

  @Test
  void noRouteIsUnimplemented() {
    MethodDescriptor<String, String> nowhere =
        ECHO.toBuilder().setFullMethodName("nowhere/echo").build();
    StatusRuntimeException failure =
        catchThrowableOfType(StatusRuntimeException.class, () -> call(nowhere, "x"));
    assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.UNIMPLEMENTED);
  }

  @Test
  void aDeadlineHolds() {
    StatusRuntimeException failure =
        catchThrowableOfType(
            StatusRuntimeException.class,
            () ->
                ClientCalls.blockingUnaryCall(
                    channel,
                    SLEEP,
                    CallOptions.DEFAULT.withDeadlineAfter(700, TimeUnit.MILLISECONDS),
                    "x"));
    assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
  }

  private static String call(MethodDescriptor<String, String> method, String text) {
    return ClientCalls.blockingUnaryCall(channel, method, options(), text);
  }

  private static CallOptions options() {
    return CallOptions.DEFAULT.withDeadlineAfter(30, TimeUnit.SECONDS);
  }

  private static void echo(String text, StreamObserver<String> out) {
    out.onNext(text);
    out.onCompleted();
  }

  private static void count(String text, StreamObserver<String> out) {
    for (int i = 0; i < Integer.parseInt(text); i++) out.onNext(Integer.toString(i));
    out.onCompleted();
  }

  private static StreamObserver<String> chat(StreamObserver<String> out) {
    return new StreamObserver<>() {
      @Override
      public void onNext(String value) {
        out.onNext("re: " + value);
      }

      @Override
      public void onError(Throwable failure) {}

      @Override
      public void onCompleted() {
        out.onCompleted();
      }
    };
  }

  private static void fail(String text, StreamObserver<String> out) {
    Metadata trailers = new Metadata();
    trailers.put(NOTE, "kept");
    out.onError(
        Status.FAILED_PRECONDITION
            .withDescription("not today: " + text)
            .asRuntimeException(trailers));
  }

  private static MethodDescriptor<String, String> method(String name, MethodType type) {
    return MethodDescriptor.<String, String>newBuilder()
        .setType(type)
        .setFullMethodName("it/" + name)
        .setRequestMarshaller(new Text())
        .setResponseMarshaller(new Text())
        .build();
  }

  /** Messages that are their own encoding. */
  private static final class Text implements MethodDescriptor.Marshaller<String> {
    @Override
    public InputStream stream(String value) {
      return new ByteArrayInputStream(value.getBytes(UTF_8));
    }

    @Override
    public String parse(InputStream in) {
      try {
        return new String(in.readAllBytes(), UTF_8);
      } catch (IOException failure) {
        throw new UncheckedIOException(failure);
      }
    }
  }
}
