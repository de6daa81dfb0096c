import com.hivemq.embedded.EmbeddedExtension;
import com.hivemq.embedded.EmbeddedHiveMQ;
import com.hivemq.extension.sdk.api.ExtensionMain;
import com.hivemq.extension.sdk.api.auth.SimpleAuthenticator;
import com.hivemq.extension.sdk.api.parameter.ExtensionStartInput;
import com.hivemq.extension.sdk.api.parameter.ExtensionStartOutput;
import com.hivemq.extension.sdk.api.parameter.ExtensionStopInput;
import com.hivemq.extension.sdk.api.parameter.ExtensionStopOutput;
import com.hivemq.extension.sdk.api.services.Services;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * HiveMQ Community Edition as bench/mqtt measures it: everybody let in, queues and
 * windows as wide as those of the others. Arguments: port, an empty folder, {@code in-memory} or
 * {@code file}.
 */
final class HiveMqBroker {
  private static final String CONFIG =
      """
      <?xml version="1.0"?>
      <hivemq>
        <listeners>
          <tcp-listener><port>@PORT@</port><bind-address>127.0.0.1</bind-address></tcp-listener>
        </listeners>
        <mqtt>
          <queued-messages><max-queue-size>1000000</max-queue-size></queued-messages>
          <receive-maximum><server-receive-maximum>65535</server-receive-maximum></receive-maximum>
        </mqtt>
        <persistence><mode>@MODE@</mode></persistence>
        <anonymous-usage-statistics><enabled>false</enabled></anonymous-usage-statistics>
      </hivemq>
      """;

  private HiveMqBroker() {}

  private static final class Everybody implements ExtensionMain {
    @Override
    public void extensionStart(ExtensionStartInput input, ExtensionStartOutput output) {
      SimpleAuthenticator open = (asked, answer) -> answer.authenticateSuccessfully();
      Services.securityRegistry().setAuthenticatorProvider(_ -> open);
    }

    @Override
    public void extensionStop(ExtensionStopInput input, ExtensionStopOutput output) {}
  }

  public static void main(String... words) throws IOException, InterruptedException {
    Path folder = Path.of(words[1]);
    Path config = Files.createDirectories(folder.resolve("conf"));
    Files.writeString(
        config.resolve("config.xml"),
        CONFIG.replace("@PORT@", words[0]).replace("@MODE@", words[2]));
    EmbeddedExtension everybody =
        EmbeddedExtension.builder()
            .withId("everybody")
            .withName("everybody")
            .withVersion("1")
            .withPriority(0)
            .withStartPriority(1)
            .withAuthor("bench")
            .withExtensionMain(new Everybody())
            .build();
    EmbeddedHiveMQ broker =
        EmbeddedHiveMQ.builder()
            .withConfigurationFolder(config)
            .withDataFolder(Files.createDirectories(folder.resolve("data")))
            .withExtensionsFolder(Files.createDirectories(folder.resolve("extensions")))
            .withEmbeddedExtension(everybody)
            .build();
    broker.start().join();
    Thread.currentThread().join();
  }
}
