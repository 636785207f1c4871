# What the default playbook says, in English: a message for every rule, under its id.
#
# `$guest` is how the guest is called, `$room` the room; the values of an attribute are called by its name with `-` for
# each dot, and `…_count` is how many there are. `$guest_title` is mr, ms, mrs, miss, dr, prof or other. `A($room-view)` is
# the value with its article: an inland view.

### Phrases that cards are made of

Guest = { $guest_title ->
    [mr] Mr { $family }
    [ms] Ms { $family }
    [mrs] Mrs { $family }
    [miss] Miss { $family }
    [dr] Dr { $family }
    [prof] Professor { $family }
   *[other] { $name }
}
Guest-unknown = the guest
Room = room { $number }
Room-unknown = the room
# Several values in one text.
Several = { $before }, { $next }
# A text that holds for this stay alone; its full stop is put behind.
This-stay = { $text } (for this stay)
# A text that another department did not acknowledge in time; `$department` is its id.
Escalated = Not acknowledged by { $department ->
    [floor] the floor
    [front_desk] the front desk
    [guest_relations] guest relations
    [kitchen] the kitchen
    [bar] the bar
    [spa] the spa
    [duty_manager] the duty manager
   *[other] { $department }
}: { $text }

### Safety: always shown, never cut

food-allergy-table = Serve { $guest } nothing with { $allergy-food }: allergy.
food-allergy-room = Keep { $allergy-food } out of the fruit, sweets and minibar in { $room }: allergy.
material-allergy-room = Clear { $room } of { $allergy-material } before { $guest } arrives: allergy.
material-allergy-spa = Use nothing with { $allergy-material } on { $guest }: allergy.
surroundings-allergy = Keep { $room } free of { $allergy-environment } for { $guest }: allergy.
no-medicine = Hand { $guest } no medicine or ointment; call guest relations and a doctor.
medicine-briefing = Tell every doctor who sees { $guest }: allergic to { $allergy-medicine }.
tell-nobody = Tell nobody that { $guest } is here; pass every enquiry to the duty manager.
name-on-board-only = Use only the name on this board; ask guest relations about papers and post.
protection-briefing = Agree with { $guest } who may know of the stay: { $privacy-no_information }.
needed-notes-only = Write down only what today's service for { $guest } needs.

### Front desk: the room

facing-and-floor = Give { $guest } { A($room-facing) } room on floor { $room-floor }.
facing = Give { $guest } { A($room-facing) } room.
floor-number = Give { $guest } a room on floor { $room-floor }.
floor-level = Give { $guest } a room on { A($room-floor_level) }.
ask-facing = Ask { $guest } which room would please: { $room-facing }.
bed = Set aside a room for { $guest } with: { $room-bed_type }.
ask-bed = Ask { $guest } which would be right: { $room-bed_type }.
smoking = Set aside { A($room-smoking) } for { $guest }.
place-on-floor = Choose the room for { $guest } by its place: { $room-location }.
place-avoided = Choose the room for { $guest } elsewhere than: { $room-location }.
view = Give { $guest } a room with { A($room-view) }.
known-room = Set aside room { $room-favourite } for { $guest } if it is free.
known-room-avoided = Choose another room than { $room-favourite } for { $guest }.
bathroom = Set aside a room with { A($amenity-bathroom) } for { $guest }.
lucky-number = Choose a room or key number with { $communication-lucky_number } for { $guest }.
unlucky-number = Keep { $communication-unlucky_number } out of the room and floor number for { $guest }.
step-free-room = Give { $guest } a step-free room near the lift with a level shower.

### Front desk: arrival and departure

registration = Prepare { $arrival-check_in } for { $guest }.
arrival-time = Have { $room } ready: { $guest } usually comes { $arrival-time }.
late-check-out = Offer { $guest } a late check-out.
express-check-out = Have the bill for { $guest } ready for an express check-out.
invoice = Prepare the bill for { $guest }: { $arrival-invoice }.
breakfast-to-go = Pack a breakfast for { $guest } on the day of departure.
wake-up = Arrange for { $guest }: { $communication-wake_up }.
calls = See to messages for { $guest }: { $privacy-messages }.
greeting-language = Greet { $guest } in { $communication-language }.
form-of-address = Address { $guest } as preferred: { $communication-address }.
quiet-reception = Receive { $guest } quietly and offer help in private.

### All who meet the guest: what to do, never why

speak-clearly = Speak clearly and face { $guest }.
say-who-you-are = Say who you are, describe the way for { $guest }, and offer large print.
way-without-steps = Offer { $guest } an arm and a seat, and choose the way without steps.
seat-and-luggage = Offer { $guest } a seat at once and take the luggage.
ask-before-treatment = Ask guest relations before planning a treatment for { $guest }.
ask-before-exertion = Ask guest relations before planning meals or exertion for { $guest }.
no-cameras = Keep cameras away from { $guest } and the party.

### Floor: reading

trade-papers = Lay out the newest mainland advertising papers for { $guest } in { $room }.
advertising-papers = Lay out the newest mainland advertising papers for { $guest } in { $room }.
trade-and-reading = Lay out the newest mainland advertising papers for { $guest } in { $room }.
papers = Lay out reading on { $reading-topic } for { $guest } in { $room }.
newspaper = Bring { $reading-newspaper } to { $room } every morning.

### Floor: the room made ready

flowers = Put { $amenity-flower } in { $room } for { $guest }.
flowers-avoided = Keep { $amenity-flower } out of { $room }.
bath-gel = Lay out { $amenity-bath_scent } bath gel in { $room } for { $guest }.
bath-gel-avoided = Take { $amenity-bath_scent } bath gel out of { $room }.
toiletries = Add to the bathroom of { $room } for { $guest }: { $amenity-toiletries }.
towels = See to the towels in { $room }: { $amenity-towels }.
pillow = Make up the bed for { $guest } with: { $amenity-pillow }.
ask-pillow = Ask { $guest } whether this would be welcome: { $amenity-pillow }.
bedding = Make up the bed for { $guest }: { $amenity-bedding }.
mattress = Make up the bed for { $guest } on { A($room-bed_firmness) }.
room-temperature = Set the air so that { $guest } finds { $room-temperature }.
room-air = Prepare the air in { $room } for { $guest }: { $amenity-air }.
light = Set the light in { $room } for { $guest }: { $room-lighting }.
arrangement = Arrange { $room } for { $guest }: { $room-setup }.
slippers = Lay out in { $room } for { $guest }: { $amenity-slippers }.
bathrobe = Hang in { $room } for { $guest }: { $amenity-robe }.
fruit = Choose { $amenity-fruit } for the fruit plate in { $room }.
fruit-avoided = Leave { $amenity-fruit } off the fruit plate in { $room }.
welcome = Welcome { $guest } in { $room } with: { $amenity-welcome }.
welcome-none = Leave { $room } plain, without welcome gifts, as { $guest } likes it.
tea-in-room = Stock { $room } with { $drink-tea } for { $guest }.
water-in-room = Set out for { $guest } in { $room }: { $drink-water }.
exercise = Place in { $room } for { $guest }: { $amenity-fitness }.
honeymoon-room = Dress { $room } for a honeymoon.

### Floor: the day

make-up-time = Make up { $room } { $room-housekeeping_time }.
turndown = Prepare the evening for { $guest }: { $room-turndown }.
leave-in-peace = Leave { $guest } in peace { $privacy-do_not_disturb }.
entering = Enter { $room } as { $guest } wishes: { $privacy-entry }.
sleep = Plan the day around the rest of { $guest }: { $health-sleep }.
working-hours = Plan the service of { $room } around { $guest }: { $occupation-work_hours }.

### Needs: seen once, served in the same stay; made ready beforehand at the next

shoe-kit = Put a full shoe-care kit in { $room } for { $guest } to keep.
shoes-wet = Dry the shoes of { $guest } today.
shoes-polish = Offer { $guest } a shoe shine this evening.
shoes-repair = Offer { $guest } to have the shoes repaired.
shoe-care-ready = Have ready in { $room } for { $guest }: { $amenity-shoe_care }.
laundry-now = See to the laundry of { $guest } today: { $amenity-laundry }.
laundry-ready = Offer { $guest } on arrival: { $amenity-laundry }.
appliance-now = Bring to { $room } now: { $amenity-appliance }.
appliance-ready = Have ready in { $room } for { $guest }: { $amenity-appliance }.
work-kit-now = Bring to { $room } now: { $amenity-work_kit }.
work-kit-ready = Have ready in { $room } for { $guest }: { $amenity-work_kit }.
comfort-aid-now = Bring to { $room } now: { $health-equipment }.
comfort-aid-ready = Have ready in { $room } for { $guest }: { $health-equipment }.
children-now = Bring to { $room } for the children: { $family-child_care }.
children-ready = Have ready in { $room } for the children: { $family-child_care }.
high-chair = Set a high chair at the table of { $guest }.

### Dining: food

cuisine = Recommend { $dining-cuisine } dishes if { $guest } comes to eat.
cuisine-avoided = Suggest something other than { $dining-cuisine } dishes to { $guest }.
condiment = Have the { $dining-condiment } ready for { $guest }.
dish = Offer { $guest } a dish that pleased before: { $dining-dish }.
dish-doubtful = Ask { $guest } before serving { $dining-dish }.
dish-avoided = Do not offer { $guest } { $dining-dish }; suggest another dish.
ingredient-wanted = Suggest dishes with { $dining-ingredient } to { $guest }.
ingredient-doubtful = Ask { $guest } before serving anything with { $dining-ingredient }.
ingredient-avoided = Leave { $dining-ingredient } out of the dishes for { $guest }.
taste = Have dishes for { $guest } seasoned: { $dining-taste }.
taste-avoided = Season dishes for { $guest } so that this is avoided: { $dining-taste }.
diet = Plan every meal for { $guest }: { $dining-diet }.
diet-doubtful = Ask { $guest } before ordering whether this applies: { $dining-diet }.
cooking = Have it cooked for { $guest }: { $dining-cooking }.
late-snack = Keep { $dining-late_snack } ready for { $guest } late at night.

### Dining: the table

table = Keep a table for { $guest }: { $dining-seating }.
breakfast = Have ready for { $guest } at breakfast: { $dining-breakfast }.
breakfast-place = Plan breakfast for { $guest } { $dining-breakfast_place }.
meal-time = Expect { $guest } for { A($dining-meal_time) }.
pace = Give { $guest } { $dining-meal_pace }.
portion = Serve { $guest } { $dining-portion }.
place-setting = Lay the place for { $guest } with: { $dining-tableware }.
birthday-table = Bring a birthday greeting to { $guest } at the table.
anniversary-table = Bring an anniversary greeting to { $guest } at the table.

### Dining and bar: drinks

tea = Offer { $guest } { $drink-tea } at the table.
coffee = Offer { $guest } { $drink-coffee } after the meal.
milk = Serve coffee and cereal to { $guest } with { $drink-milk }.
wine = Have { $drink-alcohol } ready for { $guest }.
without-alcohol = Offer { $guest } drinks without alcohol.
soft-drink = Have { $drink-soft } ready for { $guest }.

### Concierge

hobby = Have one idea on { $interest-hobby } ready for { $guest }.
sport = Find a time and a place for { $guest }: { $interest-sport }.
sights = Suggest to { $guest } for a free hour: { $interest-sightseeing }.
shops = Suggest an address to { $guest }: { $interest-shopping }.
evening = Suggest to { $guest } for the evening: { $interest-entertainment }.
music = Choose the music for { $guest }: { $interest-music }.

### Spa

treatment = Offer { $guest } a time for { $interest-wellness }.
massage-pressure = Give { $guest } a massage with { $health-massage_pressure }.

### Transport

way-here = Plan the way here for { $guest }: { $arrival-transfer }.
car = Prepare the drive for { $guest }: { $arrival-vehicle }.
car-to-airport = Offer { $guest } a car to the airport for the departure.
luggage = Handle the luggage of { $guest } as usual: { $arrival-luggage }.

### Guest relations

birthday-in-stay = See whether the birthday of { $guest } ({ $family-birthday }) falls into this stay.
manner = Brief those who serve { $guest }: { $communication-manner }.
health-briefing = Agree the arrangements with { $guest } in private: { $health-condition }.

# --- By the clock ---

see-the-room = See { $room } yourself before { $guest } arrives.
after-the-move = Ask { $guest } whether { $room } suits.
another-week = Ask { $guest } how the week was and what is missing.
birthday-today = Congratulate { $guest }: it is the guest's birthday today.
anniversary-today = Congratulate { $guest }: it is the wedding anniversary today.
thank-who-came-back = Write to { $guest }: thanks for coming back, and how was the stay.
