//! What the customers of the demo ask about.

use super::shop::Topic;

pub const ORDER_STATUS: Topic = Topic {
    name: "order status",
    subject: "Where is my order?",
    questions: &[
        "My parcel has not moved for two days, can you check?",
        "Has my order left your warehouse yet?",
        "The tracking page only says it is being prepared.",
    ],
    confidence: (0.82, 0.98),
};
pub const DELIVERY_TIME: Topic = Topic {
    name: "delivery time",
    subject: "How long does delivery take?",
    questions: &[
        "When would it arrive if I order tonight?",
        "Do you also deliver on Saturdays?",
        "I need it before the weekend, is that possible?",
    ],
    confidence: (0.75, 0.97),
};
pub const PAYMENT: Topic = Topic {
    name: "payment",
    subject: "Trouble with paying",
    questions: &[
        "My payment failed but the money is gone from my account.",
        "Can I pay in two parts?",
        "Which cards do you take?",
    ],
    confidence: (0.7, 0.95),
};
pub const REFUND: Topic = Topic {
    name: "refund",
    subject: "Waiting for a refund",
    questions: &[
        "You have had my return for a week, when do I get my money?",
        "The refund is less than I paid, why?",
        "Can you refund to another card?",
    ],
    confidence: (0.6, 0.92),
};
pub const RETURN: Topic = Topic {
    name: "return",
    subject: "Sending something back",
    questions: &[
        "How do I send back one of the two items?",
        "I lost the return label, can I get a new one?",
        "Is it too late to return something from last month?",
    ],
    confidence: (0.78, 0.97),
};
pub const SIZING: Topic = Topic {
    name: "sizing",
    subject: "Which size fits?",
    questions: &[
        "I am between two sizes, which one do people take?",
        "Does the rain jacket fit over a thick sweater?",
        "How wide are the boots?",
    ],
    confidence: (0.65, 0.94),
};
pub const WARRANTY: Topic = Topic {
    name: "warranty",
    subject: "Something broke",
    questions: &[
        "The zipper broke after three weeks, what now?",
        "Is wear covered by the warranty?",
        "I do not have the receipt any more.",
    ],
    confidence: (0.58, 0.9),
};
pub const REPAIR: Topic = Topic {
    name: "repair",
    subject: "Booking a repair",
    questions: &[
        "Do you have a free slot this week?",
        "What does it cost to have it looked at?",
        "Can I wait while you fix it?",
    ],
    confidence: (0.62, 0.93),
};
pub const BREWING: Topic = Topic {
    name: "brewing",
    subject: "How to brew it",
    questions: &[
        "How hot should the water be for the first flush?",
        "My green tea is always bitter, what am I doing wrong?",
        "How many times can I steep the oolong?",
    ],
    confidence: (0.8, 0.98),
};
/// Hardly anything is written down about it: a content gap.
pub const GIFT_WRAP: Topic = Topic {
    name: "gift wrapping",
    subject: "It is a present",
    questions: &[
        "Can you wrap it and leave the price out?",
        "Do you put in a handwritten card?",
        "Can two presents go to two addresses?",
    ],
    confidence: (0.12, 0.46),
};
/// Hardly anything is written down about it: a content gap.
pub const BULK_ORDER: Topic = Topic {
    name: "bulk orders",
    subject: "A large order",
    questions: &[
        "Is there a discount for fifty boxes?",
        "We run a café, do you have trade prices?",
        "Can you invoice our company?",
    ],
    confidence: (0.15, 0.48),
};
/// Hardly anything is written down about it: a content gap.
pub const SPARE_PARTS: Topic = Topic {
    name: "spare parts",
    subject: "Looking for a part",
    questions: &[
        "Which brake pads fit a bike from 2019?",
        "Do you still have the battery lock for my model?",
        "Is the display sold on its own?",
    ],
    confidence: (0.1, 0.44),
};
/// Hardly anything is written down about it: a content gap.
pub const LEASING: Topic = Topic {
    name: "leasing",
    subject: "A bike through work",
    questions: &[
        "Does leasing work with your cargo bikes?",
        "What happens to the contract when I change jobs?",
        "Can my employer order two at once?",
    ],
    confidence: (0.14, 0.42),
};
