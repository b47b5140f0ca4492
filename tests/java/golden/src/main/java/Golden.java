import com.fasterxml.jackson.databind.JsonNode;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.ParameterizedType;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import java.util.Locale;
import org.apache.kafka.common.Uuid;
import org.apache.kafka.common.message.ApiMessageType;
import org.apache.kafka.common.message.RequestHeaderData;
import org.apache.kafka.common.message.ResponseHeaderData;
import org.apache.kafka.common.protocol.ApiMessage;
import org.apache.kafka.common.protocol.ByteBufferAccessor;
import org.apache.kafka.common.protocol.Message;
import org.apache.kafka.common.protocol.ObjectSerializationCache;
import org.apache.kafka.common.protocol.types.RawTaggedField;
import org.apache.kafka.common.protocol.types.BoundField;
import org.apache.kafka.common.protocol.types.Schema;
import org.apache.kafka.common.protocol.types.TaggedFields;
import org.apache.kafka.common.protocol.types.Type;
import org.apache.kafka.common.record.internal.MemoryRecords;

/** Prints `key version direction variant hex json`, a line for each message, version and variant. */
public final class Golden {
    private enum Variant { DEFAULT, ONE, TWO, NULL, UNKNOWN }

    /** Arrays hold two items at most this deep, one below: sizes stay small. */
    private static final int DEEP = 2;

    private final short version;
    private final Variant variant;
    private long counter;

    private Golden(short version, Variant variant) {
        this.version = version;
        this.variant = variant;
    }

    public static void main(String[] args) throws Exception {
        for (ApiMessageType api : ApiMessageType.values()) {
            for (short v = api.lowestSupportedVersion(); v <= api.highestSupportedVersion(true); v++) {
                print(api.apiKey() + " " + v + " request", api.newRequest().getClass(), v);
                print(api.apiKey() + " " + v + " response", api.newResponse().getClass(), v);
            }
        }
        for (short v = 1; v <= 2; v++) {
            print("header " + v + " request", RequestHeaderData.class, v);
        }
        for (short v = 0; v <= 1; v++) {
            print("header " + v + " response", ResponseHeaderData.class, v);
        }
    }

    private static void print(String what, Class<? extends ApiMessage> type, short version) throws Exception {
        List<String> seen = new ArrayList<>();
        for (Variant variant : Variant.values()) {
            ApiMessage message = type.getDeclaredConstructor().newInstance();
            if (variant != Variant.DEFAULT) {
                new Golden(version, variant).fill(message, 0);
            }
            String hex = HexFormat.of().formatHex(bytes(message, version));
            if (!seen.contains(hex)) {
                seen.add(hex);
                System.out.println(what + " " + variant.name().toLowerCase(Locale.ROOT) + " " + (hex.isEmpty() ? "-" : hex) + " " + json(message, version));
            }
        }
    }

    private static byte[] bytes(ApiMessage message, short version) {
        ObjectSerializationCache cache = new ObjectSerializationCache();
        ByteBuffer buffer = ByteBuffer.allocate(message.size(cache, version));
        message.write(new ByteBufferAccessor(buffer), cache, version);
        return buffer.array();
    }

    private static String json(ApiMessage message, short version) throws Exception {
        Class<?> converter = Class.forName(message.getClass().getName() + "JsonConverter");
        Object node = converter.getMethod("write", message.getClass(), short.class, boolean.class).invoke(null, message, version, false);
        return ((JsonNode) node).toString();
    }

    /** Sets the fields that `message` has in this version, as its schema says. */
    private void fill(Message message, int depth) throws Exception {
        Schema schema = ((Schema[]) message.getClass().getField("SCHEMAS").get(null))[version];
        for (BoundField bound : schema.fields()) {
            if (bound.def.type instanceof TaggedFields tagged) {
                for (org.apache.kafka.common.protocol.types.Field field : tagged.fields().values()) {
                    set(message, field, depth);
                }
                if (variant == Variant.UNKNOWN) {
                    message.unknownTaggedFields().add(new RawTaggedField(100, new byte[] {1, 2, 3}));
                    message.unknownTaggedFields().add(new RawTaggedField(300, new byte[] {}));
                }
            } else {
                set(message, bound.def, depth);
            }
        }
    }

    private void set(Message message, org.apache.kafka.common.protocol.types.Field def, int depth) throws Exception {
        String wanted = def.name.replace("_", "");
        for (Field field : message.getClass().getDeclaredFields()) {
            if (field.getName().toLowerCase(Locale.ROOT).equals(wanted)) {
                field.setAccessible(true);
                boolean isNull = variant == Variant.NULL && def.type.isNullable();
                field.set(message, isNull ? null : value(field, def, depth));
                return;
            }
        }
        throw new IllegalStateException(message.getClass() + " lacks " + def.name);
    }

    private Object value(Field field, org.apache.kafka.common.protocol.types.Field def, int depth) throws Exception {
        Class<?> type = field.getType();
        if (Collection.class.isAssignableFrom(type)) {
            return items(field, depth);
        }
        if (def.type == Type.UINT16) {
            return (int) (40000 + ++counter); // an `int` in Java
        }
        if (def.type == Type.UNSIGNED_INT32) {
            return (1L << 31) + ++counter; // a `long` in Java
        }
        return scalar(type, depth);
    }

    @SuppressWarnings("unchecked")
    private Object items(Field field, int depth) throws Exception {
        Collection<Object> items;
        Class<?> item;
        if (field.getType() == List.class) {
            items = new ArrayList<>();
            item = (Class<?>) ((ParameterizedType) field.getGenericType()).getActualTypeArguments()[0];
        } else {
            Constructor<?> constructor = field.getType().getDeclaredConstructor();
            items = (Collection<Object>) constructor.newInstance();
            item = (Class<?>) ((ParameterizedType) field.getType().getGenericSuperclass()).getActualTypeArguments()[0];
        }
        int count = variant == Variant.TWO && depth < DEEP ? 2 : 1;
        for (int i = 0; i < count; i++) {
            items.add(scalar(item, depth + 1));
        }
        return items;
    }

    private Object scalar(Class<?> type, int depth) throws Exception {
        long n = ++counter;
        boolean odd = n % 2 == 1;
        if (type == boolean.class) return true;
        if (type == byte.class || type == Byte.class) return (byte) (odd ? n : -n);
        if (type == short.class || type == Short.class) return (short) (odd ? 300 + n : -300 - n);
        if (type == int.class || type == Integer.class) return (int) (odd ? 70000 + n : -70000 - n);
        if (type == long.class || type == Long.class) return (odd ? 1L << 40 : -(1L << 40)) + n;
        if (type == double.class) return n + 0.5;
        if (type == Uuid.class) return new Uuid(0x0102030405060708L + n, -n);
        if (type == String.class) return odd ? "s" + n : "\u00fc" + n;
        if (type == byte[].class) return ("b" + n).getBytes(StandardCharsets.UTF_8);
        if (type == ByteBuffer.class) return ByteBuffer.wrap(("z" + n).getBytes(StandardCharsets.UTF_8));
        if (type.getSimpleName().equals("BaseRecords")) return MemoryRecords.readableRecords(ByteBuffer.wrap(("r" + n).getBytes(StandardCharsets.UTF_8)));
        if (Message.class.isAssignableFrom(type)) {
            Message inner = (Message) type.getDeclaredConstructor().newInstance();
            fill(inner, depth);
            return inner;
        }
        throw new IllegalStateException("no value for " + type);
    }
}
