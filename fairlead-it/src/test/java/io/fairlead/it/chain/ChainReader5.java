package io.fairlead.it.chain;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.eclipse.paho.mqttv5.client.IMqttToken;
import org.eclipse.paho.mqttv5.client.MqttCallback;
import org.eclipse.paho.mqttv5.client.MqttClient;
import org.eclipse.paho.mqttv5.client.MqttConnectionOptions;
import org.eclipse.paho.mqttv5.client.MqttDisconnectResponse;
import org.eclipse.paho.mqttv5.client.persist.MemoryPersistence;
import org.eclipse.paho.mqttv5.common.MqttException;
import org.eclipse.paho.mqttv5.common.MqttMessage;
import org.eclipse.paho.mqttv5.common.packet.MqttProperties;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;

/** An MQTT 5 client that keeps all it is told about a chain. */
final class ChainReader5 implements AutoCloseable {
  /** One message; {@code key} is its user property {@code chain-key}, or empty. */
  record Told(String topic, JsonNode json, String key, boolean retained) {}

  private static final JsonMapper JSON = JsonMapper.builder().build();
  private static final String PREFIX = "$fairlead/events/chain/main/";

  private final MqttClient client;
  private final List<Told> told = new CopyOnWriteArrayList<>();

  /** Connects as that client; its session outlives the connection. */
  ChainReader5(int port, String id) throws MqttException {
    client = new MqttClient("tcp://127.0.0.1:" + port, id, new MemoryPersistence());
    client.setCallback(new Keeping());
    MqttConnectionOptions options = new MqttConnectionOptions();
    options.setCleanStart(false);
    options.setSessionExpiryInterval(3_600L);
    client.connect(options);
  }

  ChainReader5 subscribe() throws MqttException {
    client.subscribe(PREFIX + "#", 1);
    return this;
  }

  MqttClient client() {
    return client;
  }

  /** What came below {@code part}, in order. */
  List<Told> of(String part) {
    return told.stream().filter(each -> each.topic().startsWith(part)).toList();
  }

  private final class Keeping implements MqttCallback {
    @Override
    public void messageArrived(String topic, MqttMessage message) {
      MqttProperties properties = message.getProperties();
      String key =
          properties == null
              ? ""
              : properties.getUserProperties().stream()
                  .filter(each -> each.getKey().equals("chain-key"))
                  .map(each -> each.getValue())
                  .findFirst()
                  .orElse("");
      JsonNode json = JSON.readTree(message.getPayload());
      told.add(new Told(topic.substring(PREFIX.length()), json, key, message.isRetained()));
    }

    @Override
    public void disconnected(MqttDisconnectResponse response) {}

    @Override
    public void mqttErrorOccurred(MqttException failure) {}

    @Override
    public void deliveryComplete(IMqttToken token) {}

    @Override
    public void connectComplete(boolean again, String uri) {}

    @Override
    public void authPacketArrived(int code, MqttProperties properties) {}
  }

  @Override
  public void close() throws MqttException {
    if (client.isConnected()) client.disconnectForcibly(100, 100, false);
    client.close(true);
  }
}
